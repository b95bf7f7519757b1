"""Tables of notes that only grow: who wrote a note and when is the system's to say, and what was written stays."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import get_datetime, now_datetime


class AppendOnlyError(frappe.PermissionError):
	"""A note that was saved before was changed or removed."""


def keep_notes(doc: Document, table: str, text: str, time: str = "note_time", user: str = "user") -> None:
	"""Stamp new rows of a table with the session's user and the present time, and refuse other changes.

	:param doc: document being validated.
	:param table: its table field.
	:param text: field of the row that holds what was written.
	:param time: field of the row for the time.
	:param user: field of the row for the user.
	:raises AppendOnlyError: a stored row is missing or differs.
	"""
	before = doc.get_doc_before_save()
	stored = {row.name: row for row in before.get(table)} if before else {}
	rows = {row.name: row for row in doc.get(table)}
	for row in doc.get(table):
		if row.name not in stored:
			if not (doc.flags.ignore_permissions and row.get(user)):
				row.set(user, frappe.session.user)
			if not (doc.flags.ignore_permissions and row.get(time)):
				row.set(time, now_datetime())
	for name, row in stored.items():
		if name not in rows or _values(rows[name], text, time, user) != _values(row, text, time, user):
			frappe.throw(
				_("Notes cannot be changed or removed. Add a new one instead."),
				AppendOnlyError,
				title=_(doc.meta.get_label(table)),
			)


def _values(row: Document, text: str, time: str, user: str) -> tuple:
	return get_datetime(row.get(time)), row.get(user) or "", row.get(text) or ""


def refuse_change(doc: Document) -> None:
	"""Keep an entry of a ledger as it is, for everybody; call it when a stored one is saved or deleted.

	:raises AppendOnlyError: always.
	"""
	frappe.throw(
		_(
			"{0} cannot be changed or deleted. Put a mistake right with an entry of the opposite amount."
		).format(frappe.bold(_(doc.doctype))),
		AppendOnlyError,
		title=_(doc.doctype),
	)
