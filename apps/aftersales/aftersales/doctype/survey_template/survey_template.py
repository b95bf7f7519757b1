"""Survey Template: questions to customers, for the telephone and for the customer's own link (S2.27, S6.08)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, flt

from aftersales.aftersales.survey_answers import lines
from aftersales.aftersales.surveys import forget_offered


class SurveyTemplateError(frappe.ValidationError):
	"""The questions cannot be asked as they are."""


class SurveyTemplate(Document):
	def validate(self):
		for row in self.questions:
			self.validate_question(row)
		if len({row.document_type for row in self.documents}) < len(self.documents):
			frappe.throw(
				_("A document type stands twice under {0}.").format(_("Offered on")), SurveyTemplateError
			)
		if not 0 <= flt(self.low_score_below) <= 100:
			frappe.throw(_("{0} lies between 0 and 100.").format(_("Low below")), SurveyTemplateError)

	def validate_question(self, row: Document) -> None:
		"""Refuse a question that nobody can answer.

		:raises SurveyTemplateError: says which row and why.
		"""
		options = lines(row.options)
		if row.kind == "Choice" and len(options) < 2:
			frappe.throw(
				_("Row {0}: give at least two choices, one per line.").format(row.idx), SurveyTemplateError
			)
		if row.kind == "Choice" and len(set(options)) < len(options):
			frappe.throw(_("Row {0}: a choice stands there twice.").format(row.idx), SurveyTemplateError)
		if row.kind == "Choice" and not set(lines(row.low_options)) <= set(options):
			frappe.throw(
				_("Row {0}: choices that count as low must be among the choices.").format(row.idx),
				SurveyTemplateError,
			)
		highest = 10 if row.kind == "NPS" else cint(row.scale)
		if row.kind in ("Score", "NPS") and cint(row.low_up_to) >= highest:
			frappe.throw(
				_("Row {0}: {1} must lie below the best answer, {2}.").format(
					row.idx, _("Low up to"), highest
				),
				SurveyTemplateError,
			)

	def on_update(self):
		forget_offered()

	def after_rename(self, old: str, new: str, merge: bool = False):
		forget_offered()

	def on_trash(self):
		forget_offered()
