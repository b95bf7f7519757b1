"""Message Template: a stored text of messages to customers."""

import frappe
from frappe import _
from frappe.model.document import Document

from aftersales.telephony import message_kinds, message_text
from aftersales.utils.access import check_permission


class MessageTemplate(Document):
	def onload(self):
		self.set_onload("variables", variable_names(self.document_type))

	def validate(self):
		self.validate_document_type()
		self.try_out()

	def validate_document_type(self) -> None:
		"""
		:raises MessageTemplateError: no messages are sent about such documents.
		"""
		if self.document_type and self.document_type not in frappe.get_hooks("aftersales_message_fields"):
			frappe.throw(
				_("Messages about {0} are not possible.").format(frappe.bold(_(self.document_type))),
				message_text.MessageTemplateError,
			)

	def try_out(self) -> None:
		"""Render the template with made-up values, so that a mistake is seen now and not when it is sent.

		:raises MessageTemplateError: what is wrong.
		:raises ForbiddenWordError: it says what its kind forbids.
		"""
		if self.channel in ("E-mail", "Any") and not (self.subject or "").strip():
			frappe.throw(
				_("Fill in {0}: an e-mail has one.").format(frappe.bold(_("Subject"))), frappe.MandatoryError
			)
		values = message_text.sample_variables(self.document_type) | {"opt_out_link": "https://"}
		texts = message_text.render_template_of(self, values)
		message_kinds.check_words(self.kind, *texts[:2], message_text.as_text(texts[2]))
		message_kinds.check_words(self.kind, self.subject, self.body, message_text.as_text(self.body_html))


def variable_names(document_type: str | None = None) -> list[str]:
	"""Return what a template may name, as it is written there."""
	names = [f"customer.{field}" for field in message_text.CUSTOMER_FIELDS]
	names += [f"doc.{field}" for field in ("type", *message_text.document_fields(document_type))]
	return [*names, "signature", "company", "site", "today", "text", "opt_out_link"]


@frappe.whitelist()
def variables_for(document_type: str | None = None) -> list:
	"""Return the variables of templates for a kind of documents, for the form.

	:raises frappe.PermissionError: the user may not read templates.
	"""
	check_permission("Message Template", "read")
	return variable_names(document_type or None)
