"""Slip Hint: a text at the foot of printed slips (S18.24)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate


class SlipHintError(frappe.ValidationError):
	"""The hint would never be printed as it is."""


class SlipHint(Document):
	def validate(self):
		if self.document_type != "Service Order":
			self.order_kind = None
		self.validate_text()
		self.validate_days()
		self.validate_format()

	def validate_text(self) -> None:
		"""Ask for a text in one language at least.

		:raises SlipHintError: there is none.
		"""
		for field in ("text_en", "text_zh"):
			self.set(field, (self.get(field) or "").strip())
		if not (self.text_en or self.text_zh):
			frappe.throw(_("Enter the text of the hint, in one language at least."), SlipHintError)

	def validate_days(self) -> None:
		"""Refuse an end before the beginning.

		:raises SlipHintError: it is so.
		"""
		if self.valid_from and self.valid_until and getdate(self.valid_until) < getdate(self.valid_from):
			frappe.throw(
				_("{0} lies before {1}. Correct it.").format(
					frappe.bold(_("Valid Until")), frappe.bold(_("Valid From"))
				),
				SlipHintError,
			)

	def validate_format(self) -> None:
		"""Refuse a print format of other documents.

		:raises SlipHintError: it is one.
		"""
		if not self.print_format:
			return
		doctype = frappe.db.get_value("Print Format", self.print_format, "doc_type")
		if doctype != self.document_type:
			frappe.throw(
				_("The print format {0} is for {1}. Choose one for {2}.").format(
					frappe.bold(self.print_format), _(doctype), frappe.bold(_(self.document_type))
				),
				SlipHintError,
			)


def on_doctype_update():
	frappe.db.add_index("Slip Hint", ["document_type", "disabled"])
