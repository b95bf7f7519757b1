"""Outlet Exam Attempt: one examination of one person; written by `aftersales.service_network.exams` only (S13.08)."""

import frappe
from frappe import _
from frappe.model.document import Document

from aftersales.utils.append_only import AppendOnlyError


class OutletExamAttempt(Document):
	def validate(self):
		if not (self.is_new() or self.flags.pop("marking", False)):
			self.refuse()

	def on_trash(self):
		self.refuse()

	def refuse(self) -> None:
		"""Keep attempts as they were marked.

		:raises AppendOnlyError: always.
		"""
		frappe.throw(
			_("Attempts are kept as they were marked. They cannot be changed or deleted."),
			AppendOnlyError,
			title=_("Outlet Exam Attempt"),
		)


def on_doctype_update():
	frappe.db.add_index("Outlet Exam Attempt", ["user", "exam"])
	frappe.db.add_index("Outlet Exam Attempt", ["finished_at", "outlet"])
