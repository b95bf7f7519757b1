"""Records that only the stock ledger writes: nobody saves or deletes them as documents, whatever their rights."""

import frappe
from frappe import _
from frappe.model.document import Document


class DerivedRecordError(frappe.PermissionError):
	"""The record follows from slips and counts."""


def refuse_change(doc: Document) -> None:
	"""Refuse to save or delete a ledger entry, balance, reservation or serial number as a document.

	:raises DerivedRecordError: always.
	"""
	frappe.throw(
		_("{0} follows from slips and stock counts and is not changed by hand. Make a slip instead.").format(
			_(doc.doctype)
		),
		DerivedRecordError,
		title=_("Not Permitted"),
	)
