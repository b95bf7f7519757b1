"""Makers of appointments and their plans."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from frappe.model.document import Document
from frappe.utils import add_days, get_datetime, get_system_timezone, getdate, today
from freezegun import freeze_time

from aftersales.testing.factories import insert, unique


def day_ahead(days: int = 3) -> date:
	"""Return a day that lies ahead."""
	return getdate(add_days(today(), days))


def clock_at(moment: datetime | str):
	"""Return a context in which the site's clock stands at a moment."""
	local = get_datetime(moment).replace(tzinfo=ZoneInfo(get_system_timezone()))
	return freeze_time(local.astimezone(UTC).replace(tzinfo=None))


def make_appointment_plan(**fields) -> Document:
	"""Make an Appointment Plan with two windows on every day: 09:00–11:00 for two, 14:00–16:00 for one."""
	return insert(
		"Appointment Plan",
		{
			"plan_name": unique("Plan"),
			"appointment_kind": "On-site Visit",
			"lead_hours": 24,
			"days_ahead": 30,
			"change_hours": 24,
			"windows": [
				{"weekday": "Every Day", "from_time": "09:00:00", "to_time": "11:00:00", "places": 2},
				{"weekday": "Every Day", "from_time": "14:00:00", "to_time": "16:00:00", "places": 1},
			],
		},
		fields,
	)


def make_service_appointment(**fields) -> Document:
	"""Make a Service Appointment in three days, without a plan."""
	return insert(
		"Service Appointment",
		{
			"purpose": "Check the valve",
			"customer_name": unique("Caller"),
			"appointment_date": day_ahead(),
			"from_time": "09:00:00",
			"to_time": "11:00:00",
		},
		fields,
	)
