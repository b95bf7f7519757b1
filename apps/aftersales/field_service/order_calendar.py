"""Service Orders in Frappe's calendar: the same plan as on the dispatch board."""

import frappe
from frappe import _
from frappe.utils import get_datetime

from aftersales.field_service.moves import move
from aftersales.field_service.order_stages import OVER
from aftersales.field_service.planning import LONGEST, ORDER, PlannedTimeError
from aftersales.utils.access import check_permission

MOST = 1000
COLOURS = {
	"Open": "#e24c4c",
	"Dispatched": "#ed8936",
	"Received": "#4299e1",
	"In Work": "#4299e1",
	"Waiting": "#ecc94b",
	"Completed": "#48bb78",
}


@frappe.whitelist()
def events(start: str, end: str, filters: str | list | dict | None = None) -> list[dict]:
	"""Return the planned orders of a period that the user may see, for Frappe's calendar; two statements.

	:param start: first moment.
	:param end: last moment.
	:param filters: of the list view, or those of the calendar.
	:returns: name, title, begin, end and colour; cancelled ones are left out.
	:raises frappe.PermissionError: the user may not read orders.
	"""
	check_permission(ORDER)
	wanted = frappe.parse_json(filters) or []
	if isinstance(wanted, dict):
		wanted = [[ORDER, field, "=", value] for field, value in wanted.items()]
	wanted += [
		[ORDER, "planned_start", "<=", get_datetime(end)],
		[ORDER, "planned_start", ">", get_datetime(start) - LONGEST],
		[ORDER, "planned_end", ">=", get_datetime(start)],
		[ORDER, "stage", "!=", "Cancelled"],
	]
	fields = ["name", "customer_name", "product_name", "technician", "planned_start", "planned_end", "stage"]
	rows = frappe.get_list(
		ORDER,
		filters=wanted,
		fields=fields,
		order_by="planned_start",
		limit_page_length=MOST,
		ignore_ifnull=True,
	)
	people = frappe.get_all(
		"Technician",
		{"name": ("in", sorted({row.technician for row in rows if row.technician}) or [""])},
		["name", "technician_name"],
	)
	names = {row.name: row.technician_name for row in people}
	for row in rows:
		parts = [names.get(row.technician) or _("Nobody"), row.customer_name or row.name, row.product_name]
		row.title = " · ".join(part for part in parts if part)
		row.color = COLOURS.get(row.stage, "#a0aec0")
		row.all_day = 0
		row.docstatus = int(row.stage in OVER)  # Frappe's calendar lets nobody drag what is submitted
	return rows


@frappe.whitelist(methods=["POST"])
def move_event(args: dict | str, field_map: dict | str | None = None) -> None:
	"""Give an order that was dragged in the calendar its new time.

	:param args: `name`, `planned_start` and `planned_end`, as Frappe's calendar sends them.
	:param field_map: sent along, not needed.
	:raises frappe.PermissionError: the user may not change the order.
	:raises PlannedTimeError: there is no such time.
	"""
	check_permission(ORDER, "write")
	values = frappe._dict(frappe.parse_json(args) or {})
	doc = frappe.get_doc(ORDER, str(values.name), for_update=True)
	doc.check_permission("write")
	if not (values.planned_start and values.planned_end):
		frappe.throw(_("Drag the order to a day and a time."), PlannedTimeError)
	move(
		doc,
		{
			"planned_start": get_datetime(values.planned_start),
			"planned_end": get_datetime(values.planned_end),
		},
		None,
	)
