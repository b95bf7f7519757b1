"""Steps of the knowledge base's workflows that need to know something first: a category, an answer, a reason."""

import frappe
from frappe import _
from frappe.model.workflow import apply_workflow

from aftersales.utils.access import check_permission

# What the dialog of a step asks for.
STEP_FIELDS = {
	"FAQ Proposal": {"Accept": ("faq_category",), "Merge": ("faq",), "Reject": ("reason",)},
	"FAQ": {"Reject": ("rejection_reason",)},
}


@frappe.whitelist(methods=["POST"])
def decide(doctype: str, name: str, action: str, values: dict | str) -> dict:
	"""Take a step of the workflow together with what it needs, all or nothing (S7.42).

	Frappe's own `apply_workflow` reads the document again and so drops what was filled in.

	:param doctype: FAQ Proposal or FAQ.
	:param name: of the document.
	:param action: action of the workflow.
	:param values: fields of the step, see `STEP_FIELDS`; others are refused.
	:returns: the document as saved.
	:raises frappe.PermissionError: the user may not change the document, or not these fields.
	:raises frappe.ValidationError: the step is not possible now, or something is missing for it.
	"""
	fields = STEP_FIELDS.get(doctype, {}).get(action)
	if not fields:
		frappe.throw(_("The step {0} is taken without a dialog.").format(_(action)), frappe.PermissionError)
	values = frappe.parse_json(values) or {}
	if unknown := set(values) - set(fields):
		frappe.throw(
			_("This step does not fill in {0}.").format(frappe.bold(", ".join(sorted(unknown)))),
			frappe.PermissionError,
		)
	doc = frappe.get_doc(doctype, name, for_update=True)
	check_permission(doctype, "write", doc)
	doc.update(values)
	doc.save()
	return apply_workflow(doc, action).as_dict()
