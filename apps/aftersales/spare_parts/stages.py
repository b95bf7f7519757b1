"""Steps of workflows that follow from what happened, not from somebody's action: parts were issued or delivered."""

from frappe import _
from frappe.model.document import Document
from frappe.model.workflow import get_workflow, get_workflow_name


def state_of(doctype: str, stage: str) -> str | None:
	"""Return the first state of a DocType's workflow that stands for a stage; None without one."""
	if not get_workflow_name(doctype):
		return None
	for row in get_workflow(doctype).states:
		if row.update_field == "stage" and row.update_value == stage:
			return row.state
	return None


def move_to(doc: Document, stage: str) -> None:
	"""Put a stored document into the state that stands for a stage, and say so in its timeline.

	:param doc: document with the fields `status` and `stage`.
	:param stage: value that states give to `stage`.
	"""
	if doc.stage == stage:
		return
	state = state_of(doc.doctype, stage) or doc.status
	doc.db_set({"stage": stage, "status": state}, notify=True)
	doc.add_comment("Workflow", _(state))


def check_unchanged(doc: Document, fields: tuple[str, ...], table: str, columns: tuple[str, ...]) -> bool:
	"""Return whether fields and rows are as they are stored; a new document counts as unchanged."""
	before = doc.get_doc_before_save()
	if not before:
		return True
	if any(_plain(before.get(field)) != _plain(doc.get(field)) for field in fields):
		return False
	return _rows(before, table, columns) == _rows(doc, table, columns)


def _rows(doc: Document, table: str, columns: tuple[str, ...]) -> dict:
	return {row.name: tuple(_plain(row.get(column)) for column in columns) for row in doc.get(table)}


def _plain(value: object) -> str:
	if isinstance(value, float | int):
		return f"{value:.6f}"
	return str(value or "")
