"""What follows when a service order goes from one stage to another: times, messages, the next visit, what others do.

Other modules name functions of the order in hooks: `aftersales_order_completed`, `aftersales_order_continued`,
`aftersales_order_reopened` and `aftersales_order_cancelled`. They run inside the order's transaction, so what they refuse
does not happen.
"""

import frappe
from frappe.model.document import Document
from frappe.utils import flt, now_datetime

from aftersales.field_service import order_follow_ups, order_notices
from aftersales.field_service.order_stages import DONE

WORKING = ("Received", "In Work", "Waiting")
# Stage that is entered -> the hook whose functions are called.
HOOKS = {
	"Completed": "aftersales_order_completed",
	"Continued": "aftersales_order_continued",
	"Cancelled": "aftersales_order_cancelled",
}
REOPENED = "aftersales_order_reopened"
# What the next visit takes over from the one before.
CONTINUED_FIELDS = (
	"order_kind",
	"service_type",
	"urgency",
	"customer",
	"customer_name",
	"contact_name",
	"contact_phone",
	"address",
	"region",
	"latitude",
	"longitude",
	"device",
	"serial_no",
	"product",
	"product_name",
	"product_category",
	"agreement",
	"symptom",
	"outlet",
	"service_centre",
	"technician",
	"source",
	"service_ticket",
	"service_call",
	"customer_complaint",
	"appointment",
	"maintenance_visit",
	"receiver",
	"feedback_person",
	"inspection_template",
)

# What steps, the app and nobody else write: money of earlier visits, the chain of visits, times of steps.
WRITTEN_BY_STEPS = (
	"continued_from",
	"continued_by",
	"earlier_pay",
	"follow_up",
	"last_refusal",
	"dispatched_at",
	"received_at",
	"fed_back_at",
	"completed_at",
	"feedback_at",
	"signed_at",
)


def keep_written(doc: Document) -> None:
	"""Put back what is not typed: forms show it read-only, but a request to the API can name any field."""
	if doc.flags.ignore_permissions:
		return
	stored = doc.get_doc_before_save()
	for field in WRITTEN_BY_STEPS:
		doc.set(field, stored.get(field) if stored else None)


def stamp_times(doc: Document) -> None:
	"""Keep when the order was dispatched, received, visited, fed back and completed (S2.19).

	A time that was typed stays. Steps that were taken back take their times with them.
	"""
	if not (doc.is_new() or doc.has_value_changed("stage")):
		stamp_signature(doc)
		return
	now, came_from = now_datetime(), doc.before("stage")
	if doc.stage == "Open":
		doc.dispatched_at = doc.received_at = None
	elif doc.stage == "Dispatched":
		doc.dispatched_at, doc.received_at = now, None
	elif doc.stage == "Received" and came_from not in DONE:
		doc.received_at = now
	if doc.stage == "In Work" or (doc.enters(*DONE) and came_from in WORKING):
		doc.arrived_at = doc.arrived_at or now
	if doc.stage in ("Continued", "Completed") and came_from not in DONE:
		doc.fed_back_at = now
		doc.left_at = doc.left_at or now
	if doc.stage in DONE:
		doc.completed_at = doc.completed_at or now
	elif came_from in DONE:
		doc.completed_at = doc.fed_back_at = doc.left_at = None
	stamp_signature(doc)


def stamp_signature(doc: Document) -> None:
	"""Say when the customer signed."""
	if doc.has_value_changed("signature"):
		doc.signed_at = now_datetime() if doc.signature else None


def follow_stage(doc: Document) -> None:
	"""Bring about what follows from the stage that the order has entered; each effect happens once.

	:param doc: the order, in `on_update`.
	"""
	came_from = doc.before("stage")
	if doc.stage == came_from:
		return
	order_notices.tell(doc)
	if doc.stage == "Continued":
		continue_later(doc)
	if came_from in DONE and doc.stage not in DONE:
		call(REOPENED, doc)
	elif doc.stage in HOOKS and came_from not in DONE:
		call(HOOKS[doc.stage], doc)
	order_follow_ups.follow_stage(doc)


def call(hook: str, doc: Document) -> None:
	"""Call what other modules do at a step, in the order of hooks.py."""
	for method in frappe.get_hooks(hook):
		frappe.get_attr(method)(doc)


def continue_later(doc: Document) -> None:
	"""Make the order of the next visit, once; it says what earlier visits cost, so that all is settled together."""
	if doc.continued_by:
		return
	following = frappe.new_doc("Service Order")
	following.update({field: doc.get(field) for field in CONTINUED_FIELDS})
	following.update(
		{
			"continued_from": doc.name,
			"earlier_pay": flt(doc.earlier_pay) + flt(doc.customer_pays),
			"work_instruction": doc.reason,
		}
	)
	following.insert(ignore_permissions=True)
	doc.continued_by = following.name
	doc.db_set("continued_by", following.name, update_modified=False)


def unlink_chain(doc: Document) -> None:
	"""Before an order is deleted: the visit before it is continued by nobody then."""
	if doc.continued_from:
		frappe.db.set_value(
			"Service Order", {"name": doc.continued_from, "continued_by": doc.name}, "continued_by", None
		)
