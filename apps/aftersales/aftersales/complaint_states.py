"""Which states of the complaints' workflow belong to which stage, as the site's workflow says; and a complaint to change."""

import frappe
from frappe.model.document import Document
from frappe.model.workflow import get_workflow

DOCTYPE = "Customer Complaint"


def state_of_stage(stage: str) -> str | None:
	"""Return the first state of the workflow that belongs to a stage."""
	for row in get_workflow(DOCTYPE).states:
		if row.update_field == "stage" and row.update_value == stage:
			return row.state
	return None


def load_locked(name: str) -> Document:
	"""Return a complaint for a change, after whoever changes it at the moment.

	Only its own row is locked. `frappe.get_doc(..., for_update=True)` also locks the gap in which the first row of
	its table goes, and two people who each send a new complaint would wait for each other. Who was overtaken while
	waiting is told by Frappe's comparison of times when the complaint is saved.

	:raises frappe.DoesNotExistError: there is no such complaint.
	"""
	frappe.db.get_value(DOCTYPE, name, "name", for_update=True)
	return frappe.get_doc(DOCTYPE, name)
