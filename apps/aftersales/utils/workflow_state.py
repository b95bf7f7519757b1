"""What every document with a workflow needs to know of its state."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.model.meta import Meta
from frappe.model.workflow import get_workflow, get_workflow_name, has_approval_access

# Frappe's list view has the same colours for the styles of Workflow State.
COLOURS = {
	"Primary": "blue",
	"Info": "light-blue",
	"Success": "green",
	"Warning": "orange",
	"Danger": "red",
	"Inverse": "darkgrey",
}


class SelfApprovalError(frappe.PermissionError):
	"""Somebody approves what they made, and the workflow does not let them."""


def state_field(meta: Meta) -> str | None:
	"""Return the field that holds the workflow state, whether or not a workflow is active; None if there is none."""
	for field in meta.get_link_fields():
		if field.options == "Workflow State":
			return field.fieldname
	return None


def set_field_of_state(doc: Document) -> None:
	"""Give the document the value that its state prescribes (Update Field and Update Value in the Workflow).

	Frappe does so only when an action is applied; a value set through the API would otherwise stay. So a state says
	for itself what it means, for example that a ticket is completed, and an administrator's own states do as well.

	:param doc: document being saved, with or without a state yet.
	:raises SelfApprovalError: see `check_own_approval`.
	"""
	if not get_workflow_name(doc.doctype):
		return
	workflow = get_workflow(doc.doctype)
	check_own_approval(doc, workflow)
	state = doc.get(workflow.workflow_state_field) or workflow.states[0].state
	for row in workflow.states:
		if row.state == state and row.update_field:
			value = row.update_value
			field = doc.meta.get_field(row.update_field)
			doc.set(row.update_field, doc.cast(value, field) if field else value)


def check_own_approval(doc: Document, workflow: Document) -> None:
	"""Hold people who write the state, for example through the API, to what the workflow says of their own documents.

	Frappe asks that only when an action is applied, and lets whoever may write a document name another owner for it.

	:raises SelfApprovalError: no step to the new state is for who made the document.
	"""
	stored = doc.get_doc_before_save()
	if not stored or doc.flags.ignore_permissions:
		return
	doc.owner = stored.owner
	left, state = (one.get(workflow.workflow_state_field) for one in (stored, doc))
	if left == state:
		return
	roles = set(frappe.get_roles())
	ways = [
		row
		for row in workflow.transitions
		if row.state == left and row.next_state == state and row.allowed in roles
	]
	# Whether there is a way at all, Frappe checks.
	if ways and not any(has_approval_access(frappe.session.user, stored, row) for row in ways):
		frappe.throw(_("Self approval is not allowed"), SelfApprovalError)


def indicator_of(state: str | None) -> str:
	"""Return the colour of a state's indicator, as the style of its Workflow State says; gray without one."""
	style = frappe.get_cached_value("Workflow State", state, "style") if state else None
	return COLOURS.get(style, "gray")
