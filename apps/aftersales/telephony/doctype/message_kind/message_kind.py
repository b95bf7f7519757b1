"""Message Kind: what a message is for, and the rules that such messages keep (S6.16)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint


class MessageKindError(frappe.ValidationError):
	"""The rules contradict each other."""


class MessageKind(Document):
	def validate(self):
		lines = [" ".join(line.split()) for line in (self.forbidden_words or "").splitlines()]
		self.forbidden_words = "\n".join(dict.fromkeys(filter(None, lines)))
		self.validate_audience()

	def validate_audience(self) -> None:
		"""
		:raises MessageKindError: customers not seen for long, without saying how long.
		"""
		if self.audience == "Not Seen for Long" and cint(self.audience_days) < 1:
			frappe.throw(
				_("Say for how many days a customer was not seen: fill in {0}.").format(
					frappe.bold(_("Days"))
				),
				MessageKindError,
			)
