"""The rows of a document in Service Deadline, and the fields in which the document shows them."""

from collections.abc import Iterable
from datetime import datetime

import frappe
from frappe.model.document import Document
from frappe.utils import get_datetime
from pypika.queries import Table
from pypika.terms import Criterion

DOCTYPE = "Service Deadline"
OPEN = ("Running", "Paused")
INSERT_FIELDS = (
	"name",
	"creation",
	"modified",
	"owner",
	"modified_by",
	"reference_doctype",
	"reference_name",
	"step",
	"user",
	"department",
	"working_time",
	"allowed_seconds",
	"started_at",
	"due_at",
	"warn_at",
	"next_event_at",
	"state",
	"level",
)
ROW_FIELDS = (
	"name",
	"step",
	"user",
	"department",
	"working_time",
	"allowed_seconds",
	"started_at",
	"due_at",
	"warn_at",
	"next_event_at",
	"event_seconds",
	"remaining_seconds",
	"state",
	"level",
)


def forget(doc: Document, method: str | None = None) -> None:
	"""Remove the deadlines of a document that is deleted; costs nothing for DocTypes that show none.

	:param doc: the document.
	:param method: name of the document event, unused.
	"""
	if doc.doctype != DOCTYPE and (_fields_of(doc) or doc.meta.has_field("due_at")):
		frappe.db.delete(DOCTYPE, {"reference_doctype": doc.doctype, "reference_name": doc.name})


def _fields_of(doc: Document) -> dict[str, str]:
	return getattr(type(doc), "deadline_fields", {})


def of(doc: Document, table: Table) -> Criterion:
	"""Return the condition for the rows of a document."""
	return (table.reference_doctype == doc.doctype) & (table.reference_name == doc.name)


def rows_of(
	doc: Document, step: str | None = None, states: Iterable[str] = (), lock: bool = False
) -> list[dict]:
	"""Return rows of a document in the order of their start, locked against a sweep if they are to be changed."""
	table = frappe.qb.DocType(DOCTYPE)
	query = frappe.qb.from_(table).select(*(table[field] for field in ROW_FIELDS)).where(of(doc, table))
	if states:
		query = query.where(table.state.isin(states))
	if step:
		query = query.where(table.step == step)
	query = query.orderby(table.started_at).orderby(table.creation)
	return (query.for_update() if lock else query).run(as_dict=True)


def update(row: dict, values: dict) -> None:
	"""Write values of a row."""
	frappe.db.set_value(DOCTYPE, row.name, values)


def show(doc: Document) -> None:
	"""Write into the document what its deadlines are now, if that differs from what it says."""
	fields = _fields_of(doc)
	if not (fields or doc.meta.has_field("due_at") or doc.meta.has_field("deadline_state")):
		return
	rows = rows_of(doc)
	running = {row.step: row.due_at for row in rows if row.state == "Running"}
	values = {field: running.get(step) for step, field in fields.items()}
	if doc.meta.has_field("due_at"):
		values["due_at"] = min(running.values(), default=None)
	if doc.meta.has_field("deadline_state"):
		values["deadline_state"] = _state(rows)
	changed = {field: value for field, value in values.items() if not _same(doc.get(field), value)}
	if changed:
		doc.update(changed)
		if not doc.is_new():
			frappe.db.set_value(doc.doctype, doc.name, changed, update_modified=False)


def _state(rows: list[dict]) -> str | None:
	"""Running before Paused before how the last step ended."""
	states = [row.state for row in rows]
	for state in OPEN:
		if state in states:
			return state
	return states[-1] if states else None


def _same(shown, value) -> bool:
	if isinstance(value, datetime):
		return bool(shown) and get_datetime(shown) == value
	return (shown or None) == value
