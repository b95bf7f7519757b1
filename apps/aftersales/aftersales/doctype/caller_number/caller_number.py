import hashlib

import frappe
from frappe.model.document import Document


class CallerNumber(Document):
	def autoname(self):
		self.name = row_name(self.number_key, self.extension, self.party_type, self.party, self.source_field)


def row_name(
	number_key: str, extension: str | None, party_type: str, party: str, source_field: str | None
) -> str:
	"""Return the name of the row of a number: its identity, so that the same row cannot exist twice.

	:param number_key: normalised number.
	:param extension: extension or None.
	:param party_type: DocType of the party.
	:param party: name of the party.
	:param source_field: field from which the number was taken.
	"""
	identity = "\x1f".join((number_key, extension or "", party_type, party, source_field or ""))
	return hashlib.sha256(identity.encode()).hexdigest()[:24]


def on_doctype_update():
	"""One indexed read per look-up (exact, then by last digits) and one per party when it changes."""
	frappe.db.add_index("Caller Number", ["number_key", "extension"])
	frappe.db.add_index("Caller Number", ["party_type", "party"])
