"""Survey Response: what one customer answered, with the questions as they were asked (S8.13, S18.16)."""

import frappe
from frappe import _
from frappe.model.document import Document

MAY_CHANGE = ("dissatisfaction_handling", "settled", "complaint")
INDEXES = (
	("survey_template", "answered_on"),
	("reference_doctype", "reference_name"),
	("customer", "creation"),
	("low", "settled", "answered_on"),
)


class AnswersChangedError(frappe.PermissionError):
	"""What a customer answered is not changed by anybody."""


class SurveyResponse(Document):
	def validate(self):
		self.keep_answers()
		self.validate_settled()

	def keep_answers(self) -> None:
		"""Refuse every change but those of the dissatisfaction handling.

		:raises AnswersChangedError: names the fields.
		"""
		from aftersales.aftersales.doctype.follow_up.follow_up import changed_fields

		stored = self.get_doc_before_save()
		changed = changed_fields(stored, self) - set(MAY_CHANGE) if stored else set()
		if changed:
			labels = ", ".join(sorted(_(self.meta.get_label(field)) for field in changed))
			frappe.throw(_("Answers of customers cannot be changed: {0}").format(labels), AnswersChangedError)

	def validate_settled(self) -> None:
		"""Demand a word on how a dissatisfied customer was answered before it counts as settled."""
		if self.low and self.settled and not (self.dissatisfaction_handling or "").strip():
			frappe.throw(
				_("Fill in {0} before you tick {1}.").format(
					frappe.bold(_("Dissatisfaction Handling")), frappe.bold(_("Settled"))
				)
			)


def on_doctype_update():
	for fields in INDEXES:
		frappe.db.add_index("Survey Response", fields)
