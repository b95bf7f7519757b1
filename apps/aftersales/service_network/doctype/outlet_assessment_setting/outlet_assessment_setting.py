"""Outlet Assessment Setting: what outlets are measured by each month, and how much it weighs (S13.06)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, get_first_day, getdate

WHOLE = 100.0


class CriteriaError(frappe.ValidationError):
	"""The criteria make no whole, or one of them cannot be scored."""


class OutletAssessmentSetting(Document):
	def validate(self):
		self.valid_from = get_first_day(getdate(self.valid_from))
		self.validate_criteria()
		self.validate_grades()

	def validate_criteria(self) -> None:
		"""Ask for each measure once, a target that differs from the point without points, and 100 of weight.

		:raises CriteriaError: says what is wrong.
		"""
		measures = [row.measure for row in self.criteria]
		twice = next((measure for measure in measures if measures.count(measure) > 1), None)
		if twice:
			self.refuse(_("{0} stands in two rows. Keep one.").format(frappe.bold(_(twice))))
		for row in self.criteria:
			if flt(row.weight) <= 0:
				self.refuse(_("Row {0}: enter a weight above zero.").format(row.idx))
			if flt(row.target) == flt(row.zero_at):
				self.refuse(
					_("Row {0}: the target and the value that earns nothing must differ.").format(row.idx)
				)
		total = flt(sum(flt(row.weight) for row in self.criteria), 1)
		if total != WHOLE:
			self.refuse(_("The weights make {0} together. They must make 100.").format(total))

	def validate_grades(self) -> None:
		"""Ask for one grade from each score.

		:raises CriteriaError: two begin at the same.
		"""
		scores = [flt(row.from_score) for row in self.grades]
		if len(set(scores)) < len(scores):
			self.refuse(_("Two grades begin at the same score. Correct one of them."))

	def refuse(self, told: str) -> None:
		"""Throw a translated sentence.

		:raises CriteriaError: always.
		"""
		frappe.throw(told, CriteriaError, title=_("Outlet Assessment Setting"))
