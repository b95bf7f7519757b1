"""Demo organisation: departments, staff, holidays, working time, service levels."""

from datetime import date, timedelta

import frappe
from frappe.utils import getdate, nowdate

from aftersales.demo.base import read
from aftersales.setup.records import ensure

HOLIDAYS = "China"
MAKE_UP_DAY = "调休上班 Make-up working day"
PAUSING = "Waiting for Customer"


def load() -> None:
	"""Make the demo organisation that is missing; see aftersales.demo.load."""
	data = read("organisation")
	for row in data["departments"]:
		make_department(row)
	for row in sorted(data["staff"], key=lambda row: bool(row.get("reports_to"))):
		make_staff(row)
	make_holidays(data)
	for row in data["levels"]:
		ensure(
			{
				"doctype": "Service Level",
				"document_type": "Service Ticket",
				"pause_states": [{"state": PAUSING}],
				**row,
			}
		)


def make_department(row: dict) -> None:
	"""Make a department, or give one that came with the app its people."""
	ensure({"doctype": "Service Department", **row})
	department = frappe.get_doc("Service Department", row["department_name"])
	missing = {field: value for field, value in row.items() if not department.get(field)}
	if missing:
		department.update(missing).save(ignore_permissions=True)


def make_staff(row: dict) -> None:
	"""Make a staff record, after that of the superior."""
	ensure({"doctype": "Service Staff", "trained_on": "2024-01-15", "max_open_tasks": 30, **row})


def make_holidays(data: dict) -> None:
	"""Make the holidays of this year and the next, and let the office hours go by them."""
	year = getdate(nowdate()).year
	days = [day for number in (year, year + 1) for day in holidays_of(number, data)]
	ensure({"doctype": "Service Holiday List", "holiday_list_name": HOLIDAYS, "holidays": days})
	if not frappe.db.get_value("Working Time", "Office Hours", "holiday_list"):
		hours = frappe.get_doc("Working Time", "Office Hours")
		hours.holiday_list = HOLIDAYS
		hours.save(ignore_permissions=True)


def holidays_of(year: int, data: dict) -> list[dict]:
	"""Return the public holidays of a year, with its make-up days where they have been announced.

	Of a year that the data does not know only those days that are fixed in the calendar.
	"""
	known = data["years"].get(str(year))
	if not known:
		return [{"holiday_date": f"{year}-{day}", "description": name} for day, name in data["fixed_days"]]
	days = []
	for first, last, name in known["off"]:
		day, end = (date.fromisoformat(f"{year}-{text}") for text in (first, last))
		while day <= end:
			days.append({"holiday_date": day, "description": name})
			day += timedelta(days=1)
	for text in known["work"]:
		days.append({"holiday_date": f"{year}-{text}", "is_workday": 1, "description": MAKE_UP_DAY})
	return days
