"""Outlet Exam: questions with their right answers, for headquarters only (S13.08)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, getdate

from aftersales.service_network import exams
from aftersales.spare_parts.stages import check_unchanged
from aftersales.utils.text import clean_text

COLUMNS = ("question", "options", "right_answers", "points")


class ExamError(frappe.ValidationError):
	"""The exam cannot be saved as it is."""


class OutletExam(Document):
	def before_naming(self):
		self.exam_title = clean_text(self.exam_title)

	def validate(self):
		self.validate_limits()
		if wrong := exams.check_questions(self.questions):
			self.refuse(wrong)
		for row in self.questions:
			row.right_answers = ", ".join(exams.letters_of(row.right_answers))
		self.keep_questions()

	def validate_limits(self) -> None:
		"""Ask for time and attempts, and for a period that does not end before it begins.

		:raises ExamError: says what is missing.
		"""
		if cint(self.minutes) < 1 or cint(self.attempts) < 1:
			self.refuse(_("Allow a minute and an attempt at least."))
		if self.open_from and self.open_until and getdate(self.open_until) < getdate(self.open_from):
			self.refuse(_("The exam closes before it opens. Correct one of the days."))

	def keep_questions(self) -> None:
		"""Keep the questions of an exam that somebody took: marks could not be compared.

		:raises ExamError: they changed.
		"""
		if not check_unchanged(self, (), "questions", COLUMNS) and frappe.db.exists(
			"Outlet Exam Attempt", {"exam": self.name}
		):
			self.refuse(_("Somebody has taken this exam, so its questions stay. Duplicate it to ask others."))

	def refuse(self, told: str) -> None:
		"""Throw a translated sentence.

		:raises ExamError: always.
		"""
		frappe.throw(told, ExamError, title=_("Outlet Exam"))
