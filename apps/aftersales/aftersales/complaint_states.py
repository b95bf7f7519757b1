"""Which states of the complaints' workflow belong to which stage, as the site's workflow says."""

from frappe.model.workflow import get_workflow

DOCTYPE = "Customer Complaint"


def state_of_stage(stage: str) -> str | None:
	"""Return the first state of the workflow that belongs to a stage."""
	for row in get_workflow(DOCTYPE).states:
		if row.update_field == "stage" and row.update_value == stage:
			return row.state
	return None
