"""Whose form offers to reverse an entry of money; what a reversal does is decided in sales.py and receivables.py."""

import frappe
from frappe.model.document import Document

from aftersales.utils.money import total


def is_open(entry: Document) -> bool:
	"""Return whether the session's user makes such entries and something of this one was not reversed.

	:param entry: stored Sale Collection or Service Payment.
	"""
	if entry.reversal_of or not frappe.has_permission(entry.doctype, "create"):
		return False
	reversed_ = frappe.get_all(entry.doctype, {"reversal_of": entry.name}, pluck="amount")
	return total([entry.amount, *reversed_]) > 0
