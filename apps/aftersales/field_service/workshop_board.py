"""The board of the workshop: what waits, what is in which bay, what is to be inspected and what can be fetched."""

import frappe
from frappe import _
from frappe.query_builder.functions import Sum
from frappe.utils import flt, get_datetime, now_datetime

from aftersales.field_service import workshop
from aftersales.field_service.moves import move
from aftersales.field_service.order_stages import TO_DO
from aftersales.field_service.technicians import TECHNICIAN
from aftersales.field_service.workshop import ORDER, PASSED, WORKSHOP
from aftersales.utils.access import check_permission, is_permitted

MOST = 200
FIELDS = [
	"name",
	"modified",
	"creation",
	"status",
	"stage",
	"customer_name",
	"product_name",
	"serial_no",
	"symptom",
	"outlet",
	"bay",
	"technician",
	"planned_start",
	"promised_at",
	"completed_at",
]


@frappe.whitelist()
def board(outlet: str | None = None) -> dict:
	"""Return everything that the board shows, with the rights of the session's user; nine statements at most.

	:param outlet: only this one's; everything that the user sees when left out.
	:returns: `bays`, `orders` (each with `lane`: waiting, bay, inspection or ready; `hours`, `running`, `inspection`, `late`), `technicians`,
		`may_change`.
	"""
	check_permission(ORDER)
	of_outlet = {"outlet": outlet} if outlet else {}
	bays = frappe.get_list(
		"Service Bay",
		{"enabled": 1, **of_outlet},
		["name", "bay_name", "kind", "outlet"],
		order_by="outlet, bay_name",
		limit_page_length=MOST,
	)
	orders = [*in_work(of_outlet), *to_be_fetched(of_outlet)]
	add_work(orders)
	known = {bay.name for bay in bays}
	for order in orders:
		order.lane = lane_of(order, known)
	return {
		"bays": bays,
		"orders": orders,
		"technicians": frappe.get_list(
			TECHNICIAN,
			{"enabled": 1, **of_outlet},
			["name", "technician_name", "user"],
			order_by="technician_name",
			limit_page_length=MOST,
		),
		"may_change": bool(frappe.has_permission(ORDER, "write")),
	}


def in_work(of_outlet: dict) -> list:
	"""Return the orders of the workshop that are not done, the first promised first."""
	filters = {"order_kind": WORKSHOP, "stage": ("in", TO_DO), **of_outlet}
	rows = frappe.get_list(ORDER, filters, FIELDS, order_by="creation", limit_page_length=MOST)
	return sorted(rows, key=lambda row: (not row.promised_at, row.promised_at or row.creation))


def to_be_fetched(of_outlet: dict) -> list:
	"""Return the orders that are done and not delivered, the longest waiting first."""
	delivered = frappe.qb.DocType("Order Delivery")
	order = frappe.qb.DocType(ORDER)
	names = (
		frappe.qb.from_(order)
		.left_join(delivered)
		.on(delivered.service_order == order.name)
		.where((order.order_kind == WORKSHOP) & (order.stage == "Completed") & delivered.name.isnull())
		.select(order.name)
		.orderby(order.completed_at)
		.limit(MOST)
		.run(pluck=True)
	)
	if not names:
		return []
	filters = {"name": ("in", names), **of_outlet}
	return frappe.get_list(ORDER, filters, FIELDS, order_by="completed_at", limit_page_length=MOST)


def add_work(orders: list) -> None:
	"""Add to each order the hours so far, who is at work on it, the last inspection, and whether it is late."""
	names = [order.name for order in orders]
	inspections = workshop.last_inspections(names)
	hours, running = work_on(names)
	now = now_datetime()
	for order in orders:
		order.hours = flt(hours.get(order.name), 2)
		order.running = running.get(order.name, [])
		inspection = inspections.get(order.name)
		order.inspection = inspection.result if inspection else None
		order.late = bool(
			order.promised_at and not order.completed_at and get_datetime(order.promised_at) < now
		)


def work_on(orders: list[str]) -> tuple[dict[str, float], dict[str, list]]:
	"""Return hours noted by order, and what runs by order, in two statements."""
	if not orders:
		return {}, {}
	time = frappe.qb.DocType("Job Time")
	rows = (
		frappe.qb.from_(time)
		.where(time.service_order.isin(orders))
		.select(time.service_order, Sum(time.hours))
		.groupby(time.service_order)
		.run()
	)
	running: dict[str, list] = {}
	for row in frappe.get_all(
		"Job Time",
		{"service_order": ("in", orders), "ended_at": ("is", "not set")},
		["name", "service_order", "technician", "technician_name", "started_at"],
		order_by="started_at",
	):
		running.setdefault(row.service_order, []).append(row)
	return dict(rows), running


def lane_of(order: dict, bays: set[str]) -> str:
	"""Return where a card lies: the inspection's lane holds what was passed and not completed yet."""
	if order.stage == "Completed":
		return "ready"
	if order.inspection == PASSED:
		return "inspection"
	return "bay" if order.bay in bays else "waiting"


@frappe.whitelist(methods=["POST"])
def place(order: str, bay: str | None = None, modified: str | None = None) -> None:
	"""Move an order into a bay, or out of its bay.

	:param order: Service Order.
	:param bay: Service Bay; None: out of the bay.
	:param modified: as the board showed it; a later change by somebody else is not overwritten.
	:raises frappe.PermissionError: the user may not change the order.
	:raises frappe.TimestampMismatchError: somebody changed it meanwhile.
	:raises workshop.BayTakenError: the bay holds another order.
	"""
	check_permission(ORDER, "write")
	if bay:
		# Before the order: two who want the same bay wait for each other here, and do not block each other later.
		frappe.db.get_value("Service Bay", bay, "name", for_update=True)
	doc = frappe.get_doc(ORDER, order, for_update=True)
	doc.check_permission("write")
	move(doc, {"bay": bay or None}, modified)


@frappe.whitelist(methods=["POST"])
def start_work(order: str, technician: str) -> str:
	"""Clock a technician on: from now on the hours count (S18.10).

	:returns: name of the Job Time.
	:raises frappe.PermissionError: the user may not note this technician's hours.
	:raises job_time.AtWorkError: the technician is at work on something else.
	"""
	check_permission("Job Time", "create")
	frappe.get_doc(ORDER, order).check_permission("read")
	check_permission(TECHNICIAN, "read", technician)
	time = frappe.get_doc(
		doctype="Job Time", service_order=order, technician=technician, started_at=now_datetime()
	)
	time.bay = frappe.db.get_value(ORDER, order, "bay")
	time.insert()
	return time.name


@frappe.whitelist(methods=["POST"])
def stop_work(job_time: str) -> float:
	"""Clock a technician off.

	:returns: hours of this stretch.
	:raises frappe.PermissionError: the user may not change it.
	:raises frappe.ValidationError: it was stopped already.
	"""
	time = frappe.get_doc("Job Time", job_time, for_update=True)
	time.check_permission("write")
	if time.ended_at:
		frappe.throw(_("This work was stopped already."))
	time.ended_at = now_datetime()
	time.save()
	return time.hours


@frappe.whitelist()
def checks_of(order: str) -> list[dict]:
	"""Return the items that the completion inspection of an order asks about: of its template, else what was looked at on arrival.

	:raises frappe.PermissionError: the user may not read the order.
	"""
	doc = frappe.get_doc(ORDER, order)
	doc.check_permission("read")
	rows = doc.inspection
	if doc.inspection_template and is_permitted(
		template := frappe.get_cached_doc("Inspection Template", doc.inspection_template), "read"
	):
		rows = template.items
	items = list(dict.fromkeys(row.item for row in rows))
	return [{"item": item} for item in items or [_("Function"), _("Safety"), _("Cleanliness")]]
