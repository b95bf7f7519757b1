"""What every document with a workflow needs to know of its state."""

import frappe
from frappe.model.document import Document
from frappe.model.meta import Meta
from frappe.model.workflow import get_workflow, get_workflow_name

# Frappe's list view has the same colours for the styles of Workflow State.
COLOURS = {
	"Primary": "blue",
	"Info": "light-blue",
	"Success": "green",
	"Warning": "orange",
	"Danger": "red",
	"Inverse": "darkgrey",
}


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
	"""
	if not get_workflow_name(doc.doctype):
		return
	workflow = get_workflow(doc.doctype)
	state = doc.get(workflow.workflow_state_field) or workflow.states[0].state
	for row in workflow.states:
		if row.state == state and row.update_field:
			value = row.update_value
			field = doc.meta.get_field(row.update_field)
			doc.set(row.update_field, doc.cast(value, field) if field else value)


def indicator_of(state: str | None) -> str:
	"""Return the colour of a state's indicator, as the style of its Workflow State says; gray without one."""
	style = frappe.get_cached_value("Workflow State", state, "style") if state else None
	return COLOURS.get(style, "gray")
