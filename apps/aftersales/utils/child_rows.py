"""Rows of a child table are changed with their parent, so that the parent's rules hold."""

import frappe
from frappe import _
from frappe.model.document import Document


class ChildRowError(frappe.ValidationError):
	"""A row was saved or deleted by itself."""


def refuse_direct_change(doc: Document, method: str | None = None, *args) -> None:
	"""`before_validate`, `before_rename` and `on_trash` of a child DocType: refuse.

	Frappe runs these events of a row only when it is saved or deleted by itself, for example through
	`/api/resource`, and checks then nothing but the write right on the parent.

	:raises ChildRowError: always.
	"""
	frappe.throw(
		_("Rows of {0} cannot be changed by themselves. Change {1} {2} instead.").format(
			_(doc.doctype), _(doc.parenttype or ""), frappe.bold(doc.parent or "")
		),
		ChildRowError,
	)
