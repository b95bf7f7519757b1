"""The documents that reports of service outlets are about, each as a source."""

import frappe
from frappe.query_builder.functions import Coalesce, Date
from pypika.terms import Term

from aftersales.field_service.dms.source import Source
from aftersales.field_service.order_stages import DONE, OVER, TO_DO
from aftersales.service_network import outlet_scope

ORDER, DELIVERY, HOURS = "Service Order", "Order Delivery", "Job Time"
ITEM, INSPECTION, LEDGER = "Service Order Item", "Completion Inspection", "Part Ledger Entry"
FOLLOW_UP, DEVICE, CHANGE = "Follow-up", "Customer Device", "Device Class Change"
VISIT, PAYMENT, RECEIVABLE, FEE = "Maintenance Visit", "Service Payment", "Service Receivable", "Service Fee"
# Fields of an order by which its documents are grouped, filtered and shown.
OF_ORDER = (
	"outlet",
	"receiver",
	"technician",
	"order_kind",
	"service_type",
	"product_category",
	"product",
	"customer",
	"device",
)
NOT_CANCELLED = (*TO_DO, *(stage for stage in OVER if stage != "Cancelled"))
TALKED = ("Done", "Awaiting Feedback")


def of(doctype: str, *fields: str) -> dict[str, Term]:
	"""Return terms for fields of a DocType, by their own names."""
	table = frappe.qb.DocType(doctype)
	return {name: table[name] for name in fields}


def received() -> Source:
	"""Return the orders by the day on which they were taken in; cancelled ones are no visits."""
	order = frappe.qb.DocType(ORDER)
	return Source(
		ORDER,
		{**of(ORDER, *OF_ORDER), "day": Date(order.creation)},
		moment=order.creation,
		period="creation",
		where=(order.stage.isin(NOT_CANCELLED),),
		fixed={"stage": ["!=", "Cancelled"]},
		own=OF_ORDER,
	)


def cancelled() -> Source:
	"""Return the orders that were taken in and cancelled."""
	order = frappe.qb.DocType(ORDER)
	source = received()
	return Source(
		ORDER,
		source.terms,
		moment=order.creation,
		period="creation",
		where=(order.stage == "Cancelled",),
		fixed={"stage": "Cancelled"},
		own=OF_ORDER,
	)


def completed() -> Source:
	"""Return the completed orders by the day of their completion: the turnover."""
	order = frappe.qb.DocType(ORDER)
	return Source(
		ORDER,
		{**of(ORDER, *OF_ORDER), "day": Date(order.completed_at)},
		moment=order.completed_at,
		period="completed_at",
		where=(order.stage.isin(DONE),),
		fixed={"stage": ["in", list(DONE)]},
		own=OF_ORDER,
	)


def delivered() -> Source:
	"""Return the deliveries with their orders."""
	order, delivery = frappe.qb.DocType(ORDER), frappe.qb.DocType(DELIVERY)
	return Source(
		DELIVERY,
		{**of(ORDER, *OF_ORDER), "outlet": delivery.outlet, "day": Date(delivery.delivered_at)},
		moment=delivery.delivered_at,
		period="delivered_at",
		joins=((ORDER, order.name == delivery.service_order),),
		own=("outlet",),
	)


def worked() -> Source:
	"""Return the hours at work."""
	hours = frappe.qb.DocType(HOURS)
	return Source(
		HOURS,
		{**of(HOURS, "outlet", "technician"), "day": Date(hours.started_at)},
		moment=hours.started_at,
		period="started_at",
		own=("outlet", "technician"),
	)


def work_lines() -> Source:
	"""Return the lines of work of completed orders, by who did them."""
	order, item = frappe.qb.DocType(ORDER), frappe.qb.DocType(ITEM)
	terms = {**of(ORDER, *OF_ORDER), "technician": Coalesce(item.technician, order.technician)}
	return Source(
		ORDER,
		{**terms, "day": Date(order.completed_at)},
		moment=order.completed_at,
		left=((ITEM, (item.parent == order.name) & (item.parenttype == ORDER)),),
		where=(order.stage.isin(DONE), item.name.isnotnull()),
	)


def inspected() -> Source:
	"""Return the completion inspections with their orders."""
	order, inspection = frappe.qb.DocType(ORDER), frappe.qb.DocType(INSPECTION)
	return Source(
		INSPECTION,
		{**of(ORDER, *OF_ORDER), "outlet": inspection.outlet, "day": Date(inspection.inspected_at)},
		moment=inspection.inspected_at,
		period="inspected_at",
		joins=((ORDER, order.name == inspection.service_order),),
		own=("outlet",),
	)


def parts_used() -> Source:
	"""Return what the stock ledger says of the parts that orders used up."""
	order, entry = frappe.qb.DocType(ORDER), frappe.qb.DocType(LEDGER)
	return Source(
		LEDGER,
		{**of(ORDER, *OF_ORDER), "day": entry.posting_date},
		moment=entry.posting_date,
		joins=((ORDER, order.name == entry.service_order),),
		where=(entry.purpose == "Consumption",),
	)


def tracked() -> Source:
	"""Return the follow-ups of orders in which somebody was talked to."""
	order, call = frappe.qb.DocType(ORDER), frappe.qb.DocType(FOLLOW_UP)
	return Source(
		FOLLOW_UP,
		{**of(ORDER, *OF_ORDER), "day": Date(call.followed_up_on)},
		moment=call.followed_up_on,
		joins=((ORDER, order.name == call.source_name),),
		where=(call.source_doctype == ORDER, call.stage.isin(TALKED)),
	)


def maintenance_due() -> Source:
	"""Return the maintenance visits by the day on which they are due."""
	visit = frappe.qb.DocType(VISIT)
	return Source(
		VISIT,
		{**of(VISIT, "outlet", "customer", "device", "product"), "day": visit.due_date},
		moment=visit.due_date,
		period="due_date",
		own=("outlet", "customer", "device", "product"),
	)


def paid() -> Source:
	"""Return the customers' payments; reversals count against them."""
	order, payment = frappe.qb.DocType(ORDER), frappe.qb.DocType(PAYMENT)
	return Source(
		PAYMENT,
		{**of(PAYMENT, "outlet", "customer", "mode", "received_by"), "day": Date(payment.received_at)},
		moment=payment.received_at,
		period="received_at",
		left=((ORDER, order.name == payment.service_order),),
		own=("outlet", "customer", "mode", "received_by"),
	)


def unpaid() -> Source:
	"""Return what customers still owe for service, by the day from which they do."""
	order, owed = frappe.qb.DocType(ORDER), frappe.qb.DocType(RECEIVABLE)
	return Source(
		RECEIVABLE,
		of(RECEIVABLE, "outlet", "customer"),
		moment=owed.posting_date,
		period="posting_date",
		left=((ORDER, (order.name == owed.reference_name) & (owed.reference_doctype == ORDER)),),
		where=(owed.outstanding > 0,),
		fixed={"outstanding": [">", 0]},
		own=("outlet", "customer"),
	)


def fees() -> Source:
	"""Return what the company owes outlets and technicians for orders, with what was taken back."""
	fee = frappe.qb.DocType(FEE)
	return Source(
		FEE,
		of(FEE, "outlet", "service_centre", "branch", "technician", "customer"),
		moment=fee.fee_date,
		period="fee_date",
		own=("outlet", "service_centre", "branch", "technician", "customer"),
	)


def devices() -> Source:
	"""Return the devices in use; people of an outlet see those that it looks after."""
	device = frappe.qb.DocType(DEVICE)
	fields = ("outlet", "customer", "product", "product_category", "discount_level", "abc_class")
	return Source(
		DEVICE,
		of(DEVICE, *fields),
		where=(device.stage == "Active", *own_outlets(device.outlet)),
		own=fields,
	)


def own_outlets(term: Term) -> tuple:
	"""Return the condition on an outlet for people who see some outlets only; devices themselves are found by everybody."""
	condition = outlet_scope.criterion(term)
	return () if condition is None else (condition,)


def class_changes(kind: str) -> Source:
	"""Return the changes of classes or of discount levels.

	:param kind: option of the log.
	"""
	change = frappe.qb.DocType(CHANGE)
	fields = ("outlet", "product_category", "old_value", "new_value")
	return Source(
		CHANGE,
		of(CHANGE, *fields),
		moment=change.changed_on,
		period="changed_on",
		where=(change.kind == kind,),
		fixed={"kind": kind},
		own=fields,
	)
