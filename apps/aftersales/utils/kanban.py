"""Kanban boards of documents whose state is a workflow.

Frappe's boards have columns for the options of a Select field, so such a DocType has one that its states set (Update
Field and Update Value in the Workflow). Moving a card changes that field; here the move becomes the workflow's action.
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.model.workflow import get_transitions, get_workflow, get_workflow_name


class CardMoveError(frappe.ValidationError):
	"""The workflow knows no way from the state of the document into that column."""


def follow_moved_card(doc: Document, field: str) -> None:
	"""Take the state that stands for the column into which a card was moved; call it from `validate()`.

	Frappe checks on saving that the user may take the transition.

	:param doc: document being saved.
	:param field: the Select field that the workflow's states set.
	:raises CardMoveError: no action that the user may take leads there.
	"""
	if doc.is_new() or not doc.has_value_changed(field) or not get_workflow_name(doc.doctype):
		return
	workflow = get_workflow(doc.doctype)
	if doc.has_value_changed(workflow.workflow_state_field):
		return
	targets = {
		row.state
		for row in workflow.states
		if row.update_field == field and row.update_value == doc.get(field)
	}
	for transition in get_transitions(doc, workflow):
		if transition.next_state in targets:
			doc.set(workflow.workflow_state_field, transition.next_state)
			return
	frappe.throw(
		_("This cannot be moved from {0} to {1}: no action of yours leads there.").format(
			frappe.bold(_(doc.get(workflow.workflow_state_field))), frappe.bold(_(doc.get(field)))
		),
		CardMoveError,
		title=_("Not Moved"),
	)
