"""Bringing customers back (来厂促进, S18.17): whose device was not seen for long, is due for maintenance or about to lose its warranty."""

from datetime import date
from functools import reduce
from operator import or_

import frappe
from frappe import _
from frappe.query_builder import Criterion
from frappe.query_builder.functions import Coalesce, Min
from frappe.utils import add_days, add_months, cint, formatdate, getdate, today
from pypika.terms import ExistsCriterion

from aftersales.aftersales.follow_ups import plan_follow_up
from aftersales.field_service.maintenance_visits import last_visits
from aftersales.field_service.order_stages import DONE
from aftersales.utils.access import check_permission
from aftersales.utils.report_query import Readable, run

DEVICE, VISIT, ORDER = "Customer Device", "Maintenance Visit", "Service Order"
FIELDS = [
	"name",
	"customer",
	"customer_name",
	"product_name",
	"serial_no",
	"outlet",
	"sale_date",
	"installation_date",
	"warranty_end",
	"creation",
]
CHUNK = 500
# Nobody calls more customers from one list.
MOST_LISTED = 1_000
MOST_PLANNED = 200


class BringBackError(frappe.ValidationError):
	"""Follow-ups cannot be planned as asked."""


def find(filters: dict) -> tuple[list[dict], bool]:
	"""Return the devices in use whose customers should hear from us, those with the most reasons first, and whether these are all.

	One statement for each reason chooses, whatever the number of devices; those chosen cost five for each 500.

	:param filters: `months` without a visit (default 12, 0 to leave that out), `days` ahead in which a warranty ends
	    (default 30, 0 to leave that out), optionally `outlet`, `region`, `product_category`, `reason` (Not Seen, Maintenance,
	    Warranty).
	"""
	names, found = chosen(filters), []
	for at in range(0, len(names), CHUNK):
		part = {"name": ("in", names[at : at + CHUNK])}
		rows = frappe.get_list(DEVICE, filters=part, fields=FIELDS, limit_page_length=0)
		found += _with_reasons(rows, filters)
	found.sort(key=lambda row: (-row.count, str(row.last_visit), row.name))
	listed = found[:MOST_LISTED]
	_add_phones(listed)
	return listed, len(names) <= MOST_LISTED


def chosen(filters: dict) -> list[str]:
	"""Return the names of the devices that may have a reason: for each reason up to one more than are listed.

	Months have no equal lengths, so a device may be among them some days early; `reasons_of` decides.
	"""
	conditions = [["stage", "=", "Active"], ["customer", "is", "set"]]
	conditions += [
		[field, "=", filters[field]]
		for field in ("outlet", "region", "product_category")
		if filters.get(field)
	]
	fields = ["name", "warranty_end", "installation_date", "sale_date", "creation"]
	device = Readable("device", DEVICE, fields, conditions)
	names: dict[str, None] = {}
	for reason, criterion in criteria_of(device, filters).items():
		if not filters.get("reason") or filters["reason"] == reason:
			query = frappe.qb.from_(device).select(device.name).where(criterion).limit(MOST_LISTED + 1)
			names.update(dict.fromkeys(row.name for row in run(query)))
	return list(names)


def criteria_of(device: Readable, filters: dict) -> dict[str, Criterion]:
	"""Return the condition of each reason that the filters don't leave out.

	Two reasons are those of few devices; so whoever has several is found, however many were not seen for long.
	"""
	now = getdate()
	visit, order = frappe.qb.DocType(VISIT).as_("visit"), frappe.qb.DocType(ORDER).as_("job")
	months, days = bounds(filters)
	overdue = visit.stage.isin(("Planned", "Released")) & visit.device.isnotnull() & (visit.due_date < now)
	criteria = {"Maintenance": device.name.isin(frappe.qb.from_(visit).select(visit.device).where(overdue))}
	if days:
		criteria["Warranty"] = device.warranty_end.between(now, getdate(add_days(now, days)))
	if months:
		until = getdate(add_days(add_months(now, -months), 3))
		visited, came = (
			[
				ExistsCriterion(
					frappe.qb.from_(table)
					.select(table.name)
					.where((table.device == device.name) & table.stage.isin(stages) & when(at))
				)
				for table, at, stages in (
					(visit, visit.done_on, ("Done",)),
					(order, order.completed_at, DONE),
				)
			]
			for when in (lambda at: at <= until, lambda at: at > until)
		)
		begun = Coalesce(device.installation_date, device.sale_date, device.creation) <= until
		criteria["Not Seen"] = reduce(or_, [begun, *visited]) & ~reduce(or_, came)
	return criteria


def bounds(filters: dict) -> tuple[int, int]:
	"""Return months without a visit and days before a warranty's end, each 0 if it is left out."""
	months, days = (filters.get(name) for name in ("months", "days"))
	return 12 if months in (None, "") else cint(months), 30 if days in (None, "") else cint(days)


def _with_reasons(rows: list[dict], filters: dict) -> list[dict]:
	names = [row.name for row in rows]
	visits, due = last_visits(names), overdue_since(names)
	kept = []
	for row in rows:
		row.last_visit = visits.get(row.name)
		row.maintenance_due = due.get(row.name)
		reasons = reasons_of(row, filters)
		if reasons and (not filters.get("reason") or filters.get("reason") in reasons):
			row.count, row.reasons = len(reasons), " · ".join(reasons.values())
			kept.append(row)
	return kept


def reasons_of(row: dict, filters: dict) -> dict[str, str]:
	"""Return why a customer should hear from us: a key, and the reason as a translated text.

	:param row: a device with `last_visit`, `maintenance_due`, `warranty_end` and the dates of its sale.
	:param filters: see `find`.
	"""
	now = getdate()
	months, days = bounds(filters)
	seen = getdate(row.last_visit or row.installation_date or row.sale_date or row.creation)
	reasons = {}
	if months and getdate(add_months(seen, months)) <= now:
		reasons["Not Seen"] = _("not seen since {0}").format(formatdate(seen))
	if row.maintenance_due:
		reasons["Maintenance"] = _("maintenance overdue since {0}").format(formatdate(row.maintenance_due))
	if days and row.warranty_end and now <= getdate(row.warranty_end) <= getdate(add_days(now, days)):
		reasons["Warranty"] = _("warranty ends on {0}").format(formatdate(row.warranty_end))
	return reasons


def overdue_since(devices: list[str]) -> dict[str, date]:
	"""Return since when each device waits for a maintenance that is overdue."""
	visit = frappe.qb.DocType(VISIT)
	return dict(
		frappe.qb.from_(visit)
		.where(visit.device.isin(devices or [""]) & visit.stage.isin(("Planned", "Released")))
		.where(visit.due_date < today())
		.groupby(visit.device)
		.select(visit.device, Min(visit.due_date))
		.run()
	)


def _add_phones(rows: list[dict]) -> None:
	names = list({row.customer for row in rows})
	phones = {}
	for at in range(0, len(names), CHUNK):
		part = {"name": ("in", names[at : at + CHUNK])}
		phones.update(
			frappe.get_list("Service Customer", part, ["name", "phone"], as_list=True, limit_page_length=0)
		)
	for row in rows:
		row.phone = phones.get(row.customer)


@frappe.whitelist(methods=["POST"])
def plan_follow_ups(devices: list | str, due_date: str, user: str | None = None) -> dict:
	"""Plan a follow-up with the customer of each device; a device with one that is still planned gets no second.

	:param devices: names of Customer Devices, up to 200.
	:param due_date: day of the calls.
	:param user: who calls; default: the session's user.
	:returns: `planned`, and `waiting` for those that had one.
	:raises frappe.PermissionError: the user may not plan follow-ups, or not read a device.
	:raises BringBackError: none, too many, or a day that is past.
	"""
	check_permission("Follow-up", "create")
	names = list(dict.fromkeys(frappe.parse_json(devices)))
	if not 1 <= len(names) <= MOST_PLANNED:
		frappe.throw(_("Choose 1 to {0} devices.").format(MOST_PLANNED), BringBackError)
	if getdate(due_date) < getdate():
		frappe.throw(_("Choose today or a later day."), BringBackError)
	if user and user != frappe.session.user:
		check_permission("User", "read", user)
	rows = frappe.get_list(
		DEVICE,
		filters={"name": ("in", names), "customer": ("is", "set")},
		fields=FIELDS,
		limit_page_length=0,
	)
	if len(rows) < len(names):
		frappe.throw(_("You have no permission for one of the devices."), frappe.PermissionError)
	waiting = set(
		frappe.get_all(
			"Follow-up",
			{"source_doctype": DEVICE, "source_name": ("in", names), "stage": "Open"},
			pluck="source_name",
		)
	)
	for row in _with_all_reasons(rows):
		if row.name not in waiting:
			reason = _("Bring back: {0}").format(row.reasons or row.serial_no or row.name)
			plan_follow_up(row.customer, DEVICE, row.name, due_date, reason[:140], user=user)
	return {"planned": len(rows) - len(waiting), "waiting": len(waiting)}


def _with_all_reasons(rows: list[dict]) -> list[dict]:
	"""Return all rows, those without a reason as well: somebody chose them."""
	known = {row.name for row in _with_reasons(rows, frappe._dict())}
	for row in rows:
		if row.name not in known:
			row.reasons = None
	return rows
