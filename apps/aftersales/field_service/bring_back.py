"""Bringing customers back (来厂促进, S18.17): whose device was not seen for long, is due for maintenance or about to lose its warranty."""

from datetime import date

import frappe
from frappe import _
from frappe.query_builder.functions import Min
from frappe.utils import add_days, add_months, cint, formatdate, getdate, today

from aftersales.aftersales.follow_ups import plan_follow_up
from aftersales.field_service.maintenance_visits import last_visits
from aftersales.utils.access import check_permission

DEVICE, VISIT = "Customer Device", "Maintenance Visit"
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
MOST_PLANNED = 200


class BringBackError(frappe.ValidationError):
	"""Follow-ups cannot be planned as asked."""


def find(filters: dict) -> list[dict]:
	"""Return the devices in use whose customers should hear from us, those with the most reasons first.

	Five statements for each 500 devices that the user may read.

	:param filters: `months` without a visit (default 12, 0 to leave that out), `days` ahead in which a warranty ends
	    (default 30, 0 to leave that out), optionally `outlet`, `region`, `product_category`, `reason` (Not Seen, Maintenance,
	    Warranty).
	"""
	conditions = {"stage": "Active", "customer": ("is", "set")}
	for field in ("outlet", "region", "product_category"):
		if filters.get(field):
			conditions[field] = filters.get(field)
	found, last = [], ""
	while True:
		rows = frappe.get_list(
			DEVICE,
			filters={**conditions, "name": (">", last)},
			fields=FIELDS,
			order_by="name asc",
			limit_page_length=CHUNK,
		)
		found += _with_reasons(rows, filters)
		if len(rows) < CHUNK:
			break
		last = rows[-1].name
	_add_phones(found)
	return sorted(found, key=lambda row: (-row.count, str(row.last_visit), row.name))


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
	months = 12 if filters.get("months") in (None, "") else cint(filters.get("months"))
	days = 30 if filters.get("days") in (None, "") else cint(filters.get("days"))
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
