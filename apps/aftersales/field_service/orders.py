"""What the Desk does with service orders: new ones from tickets, calls and other records, job packages, feedback."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.model.workflow import WorkflowTransitionError, apply_workflow, get_workflow

from aftersales.field_service import order_facts
from aftersales.service_network import outlet_choice
from aftersales.utils.access import check_permission

DOCTYPE = "Service Order"
# DocType that an order can come from -> fields of the order and what the source calls them.
SOURCES = {
	"Service Ticket": {
		"service_ticket": "name",
		"service_call": "service_call",
		"customer": "customer",
		"customer_name": "customer_name",
		"contact_phone": "contact_phone",
		"region": "region",
		"product": "product",
		"product_name": "product_name",
		"product_category": "product_category",
		"device": "device",
		"serial_no": "serial_no",
		"symptom": "question",
	},
	"Service Call": {
		"service_call": "name",
		"service_ticket": "service_ticket",
		"customer": "customer",
		"contact_phone": "number_display",
	},
	"Customer Complaint": {
		"customer_complaint": "name",
		"service_ticket": "ticket",
		"customer": "customer",
		"customer_name": "customer_name",
		"contact_phone": "contact_phone",
		"product": "product",
		"symptom": "reason",
	},
	"Service Customer": {"customer": "name"},
	"Customer Device": {"device": "name", "customer": "customer"},
}
SOURCE_NAMES = {"Service Ticket": "Ticket", "Service Call": "Call", "Customer Complaint": "Complaint"}
# Record type of a ticket -> kind of the order.
KINDS = {"Installation": "Installation", "Repair": "Repair"}


class SourceError(frappe.ValidationError):
	"""An order cannot be made from such a record."""


@frappe.whitelist()
def new_order(source_doctype: str, source_name: str) -> dict:
	"""Return an unsaved order with all that its source knows, and the outlet that is proposed (S2.14, S2.17).

	:param source_doctype: one of `SOURCES`.
	:param source_name: its name.
	:returns: fields of a new Service Order, for `frappe.model.sync` in the browser.
	:raises frappe.PermissionError: the user may not make orders or not read the source.
	:raises SourceError: nothing can be taken over from such a source.
	"""
	check_permission(DOCTYPE, "create")
	if source_doctype not in SOURCES:
		frappe.throw(_("A service order cannot be made from {0}.").format(_(source_doctype)), SourceError)
	source = frappe.get_doc(source_doctype, source_name)
	source.check_permission("read")
	order = frappe.new_doc(DOCTYPE)
	values = {field: source.get(origin) for field, origin in SOURCES[source_doctype].items()}
	order.update({field: value for field, value in values.items() if value})
	order.source = SOURCE_NAMES.get(source_doctype)
	order.order_kind = KINDS.get(source.get("record_type"), order.order_kind)
	order_facts.fill(order)
	outlet_choice.fill(order)
	return order.as_dict()


@frappe.whitelist()
def package_lines(job_package: str, product_category: str | None = None) -> dict:
	"""Return the lines that a job package adds to an order (S18.31).

	:param job_package: Job Package.
	:param product_category: of the order; unused lines of other categories stay out.
	:returns: `items` (service_item, qty, standard_hours), `parts` (spare_part, qty), `inspection_template`.
	:raises frappe.PermissionError: the user may not read it.
	"""
	doc = frappe.get_doc("Job Package", job_package)
	check_permission("Job Package", "read", doc)
	return {
		"items": [
			{
				"service_item": row.service_item,
				"qty": row.qty,
				"standard_hours": row.standard_hours,
			}
			for row in doc.items
			if _fits(row.service_item, product_category)
		],
		"parts": [{"spare_part": row.spare_part, "qty": row.qty} for row in doc.parts],
		"inspection_template": doc.inspection_template,
	}


def _fits(service_item: str, category: str | None) -> bool:
	"""Whether a service item is for a category or one around it."""
	own = frappe.get_cached_value("Service Item", service_item, "product_category")
	if not own or not category or own == category:
		return True
	bounds = frappe.db.get_value("Product Category", own, ["lft", "rgt"])
	inner = frappe.db.get_value("Product Category", category, ["lft", "rgt"])
	return bool(bounds and inner and bounds[0] <= inner[0] and bounds[1] >= inner[1])


@frappe.whitelist(methods=["POST"])
def give_feedback(order: str, feedback: str) -> str:
	"""Store the named person's feedback and take the step that it means (S24.18).

	:param order: Service Order that awaits feedback of the session's user.
	:param feedback: what they say.
	:returns: the new state.
	:raises frappe.PermissionError: somebody else was named.
	:raises SourceError: no feedback is awaited, or it is empty.
	"""
	doc = frappe.get_doc(DOCTYPE, order, for_update=True)
	doc.check_permission("write")
	if doc.status != "Awaiting Feedback" or not (feedback or "").strip():
		frappe.throw(_("Write your feedback for an order that awaits it."), SourceError)
	doc.feedback = feedback.strip()
	doc.save()
	return apply_workflow(doc, "Give Feedback").status


@frappe.whitelist(methods=["POST"])
def act(order: str, action: str, values: dict | str | None = None) -> dict:
	"""Take a step with what it asks for, in one transaction; the form's dialogs and other pages call it.

	:param order: Service Order.
	:param action: an action that the workflow offers to the session's user now.
	:param values: what the step needs: `reason`, `content`, `result`, `feedback_person`, `technician`, `outlet`, `planned_start`.
	:returns: `status`, `stage`, `modified` and `continued_by` of the order.
	:raises frappe.PermissionError: the user may not write the order.
	:raises frappe.model.workflow.WorkflowTransitionError: the workflow does not offer the action.
	"""
	doc = frappe.get_doc(DOCTYPE, order, for_update=True)
	doc.check_permission("write")
	check_still_offered(doc, action)
	given = frappe.parse_json(values) or {}
	changed = {field: given[field] for field in STEP_FIELDS if field in given}
	if changed:
		doc.update(changed)
		doc.save()
	doc = apply_workflow(doc, action)
	return {field: doc.get(field) for field in ("status", "stage", "modified", "continued_by")}


def check_still_offered(doc: Document, action: str) -> None:
	"""Refuse a step that somebody else took meanwhile, by the state that was read with the lock.

	:raises frappe.model.workflow.WorkflowTransitionError: there is no such step from this state.
	"""
	steps = get_workflow(DOCTYPE).transitions
	if not any(row.state == doc.status and row.action == action for row in steps):
		frappe.throw(
			_("{0} is in the state {1} by now. Look at it again.").format(
				frappe.bold(doc.name), frappe.bold(_(doc.status))
			),
			WorkflowTransitionError,
			title=_("Step Not Possible"),
		)


STEP_FIELDS = (
	"reason",
	"content",
	"result",
	"feedback_person",
	"technician",
	"outlet",
	"planned_start",
	"planned_end",
)
