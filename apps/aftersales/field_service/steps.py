"""Takes a step of a workflow together with what its dialog fills in, all or nothing."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.model.workflow import get_transitions, get_workflow, has_approval_access

# What the dialogs of the steps may fill in, per DocType.
STEP_FIELDS = {
	"Exchange Order": {
		"opinion",
		"agreed_otherwise",
		"agreed_percent",
		"agreed_reason",
		"custody_place",
		"new_product",
		"new_serial_no",
	},
	"Customer Goods Receipt": {
		"result",
		"picked_up_by",
		"receipt_given_back",
		"identity_note",
		"hand_over_note",
		"amount_collected",
		"amount_note",
		"invoice_no",
	},
	"Factory Return": {"decision_note", "carrier", "waybill_no", "sent_on"},
	"Refurbish Application": {"decision_note", "result", "cost", "grade"},
	"Reward Redemption": {"cancel_reason"},
}


class StepOverError(frappe.ValidationError):
	"""Somebody took the step, or another one, meanwhile."""


@frappe.whitelist(methods=["POST"])
def act(doctype: str, name: str, action: str, values: dict | str | None = None) -> dict:
	"""Take a step of the workflow together with what it needs.

	:param doctype: one of `STEP_FIELDS`.
	:param name: document.
	:param action: action of the workflow.
	:param values: fields of the step's dialog; others than `STEP_FIELDS` names are refused.
	:returns: the document as saved.
	:raises frappe.PermissionError: the user may not change the document, or not these fields.
	:raises StepOverError: the action is not possible in the document's state, for instance because somebody acted first.
	"""
	values = frappe.parse_json(values) or {}
	unknown = set(values) - STEP_FIELDS.get(doctype, set())
	if doctype not in STEP_FIELDS or unknown:
		frappe.throw(
			_("This step does not fill in {0}.").format(
				frappe.bold(", ".join(sorted(map(str, unknown))) or _(doctype))
			),
			frappe.PermissionError,
		)
	# Two people who act at once act one after the other.
	frappe.db.get_value(doctype, name, "name", for_update=True)
	doc = frappe.get_doc(doctype, name)
	doc.check_permission("write")
	transition = transition_of(doc, action)
	doc.update(values)
	# Everything in one save: what Frappe's apply_workflow does, which would drop the values.
	doc.set(get_workflow(doctype).workflow_state_field, transition.next_state)
	doc.save()
	doc.add_comment("Workflow", _(transition.next_state))
	return doc.as_dict()


def transition_of(doc: Document, action: str) -> dict:
	"""Return the transition that an action means for the user now.

	:raises StepOverError: there is none.
	"""
	for row in get_transitions(doc):
		if row.action == action and has_approval_access(frappe.session.user, doc, row):
			return row
	frappe.throw(
		_(
			"{0} is not possible for you now: {1} is in the state {2}. Load it again to see who did what."
		).format(frappe.bold(_(action)), frappe.bold(doc.name), frappe.bold(_(doc.get("status") or ""))),
		StepOverError,
		title=_("Not Possible Now"),
	)


def first_state_of(doctype: str, stage: str) -> str | None:
	"""Return the first state of the site's workflow that stands for a stage."""
	for row in get_workflow(doctype).states:
		if row.update_field == "stage" and row.update_value == stage:
			return row.state
	return None


def may_act(doc: Document) -> bool:
	"""Whether the workflow lets the user take any step from the state in which the document is stored."""
	return bool(get_transitions(doc))


def changed_fields(doc: Document, before: Document, ignored: set[str]) -> set[str]:
	"""Return the fields, tables included, in which a document differs from what is stored.

	:param ignored: fields that do not matter; a site's own never do.
	"""
	changed = set()
	for field in doc.meta.fields:
		if field.fieldname in ignored or field.fieldtype in LAYOUT or field.get("is_custom_field"):
			continue
		if _value(doc, field) != _value(before, field):
			changed.add(field.fieldname)
	return changed


LAYOUT = {"Section Break", "Column Break", "Tab Break", "HTML", "Button", "Heading", "Fold"}


def _value(doc: Document, field) -> object:
	value = doc.get(field.fieldname)
	if field.fieldtype in frappe.model.table_fields:
		return [
			[_value(row, part) for part in row.meta.fields if part.fieldtype not in LAYOUT]
			for row in value or []
		]
	if value in (None, "", 0, 0.0):
		return None
	if field.fieldtype in frappe.model.numeric_fieldtypes:
		return round(float(doc.cast(value, field)), 9) or None
	return doc.cast(value, field) if field.fieldtype in frappe.model.datetime_fields else str(value)
