"""Offline Note: what was noted on a ticket while the site could not be reached (S1.41).

Imported with Frappe's Data Import from the file that the emergency page makes. Its Offline ID is unique, so that a file
imported twice adds nothing twice.
"""

import frappe
from frappe import _
from frappe.model.document import Document

from aftersales.aftersales.tickets import add_handling_entry


class OfflineNoteFixedError(frappe.ValidationError):
	"""The note is in the handling log already."""


class OfflineNote(Document):
	def validate(self):
		if not self.is_new():
			frappe.throw(
				_("This note is in the handling log already. Add another entry to the ticket instead."),
				OfflineNoteFixedError,
			)

	def after_insert(self):
		add_handling_entry(self.ticket, self.entry())

	def entry(self) -> str:
		"""Return the text for the handling log, with who noted it and when, because it is entered later by somebody."""
		noted = " · ".join(
			filter(None, [self.get_formatted("noted_at") if self.noted_at else "", self.noted_by])
		)
		return f"{self.note.strip()}\n({_('noted offline')}: {noted})" if noted else self.note.strip()
