import frappe
from frappe import _
from frappe.model.document import Document
from frappe.model.workflow import get_workflow, get_workflow_name
from frappe.utils import now_datetime, strip_html_tags

from aftersales.knowledge import faq_files, faq_life
from aftersales.utils import tasks
from aftersales.utils.workflow_state import set_field_of_state

# A transition with this action needs a reason, whichever states it connects.
REJECT = "Reject"


class FAQ(Document):
	"""A question and its answer (S1.02, S2.48). What is published is decided by the states of its workflow."""

	def onload(self) -> None:
		if self.published:
			faq_life.note_view(self.name, frappe.session.user)

	def validate(self) -> None:
		self.question = " ".join((self.question or "").split())
		self.validate_answer()
		self.validate_reason()
		self.set_published()
		before = self.get_doc_before_save()
		faq_life.check_translation(self)
		faq_life.plan_review(self, before)
		faq_life.count_version(self, before)
		faq_files.take_files(self)

	def validate_answer(self) -> None:
		"""The editor leaves empty tags behind, which Frappe takes for a value."""
		if not strip_html_tags(self.answer or "").strip() and "<img" not in (self.answer or ""):
			frappe.throw(
				_("Write the answer before you save; a question alone helps nobody."), frappe.MandatoryError
			)

	def validate_reason(self) -> None:
		"""Whoever rejects says why; a new round of review starts without the old reason."""
		before = self.get_doc_before_save()
		if not before or before.status == self.status:
			return
		if not self.is_rejection(before.status):
			self.rejection_reason = None
		elif not (self.rejection_reason or "").strip():
			frappe.throw(
				_("Say why the entry is rejected, so that its author can correct it."), frappe.MandatoryError
			)

	def is_rejection(self, old_status: str) -> bool:
		"""Return True if the step from *old_status* to the present one is a rejection in the workflow."""
		if not get_workflow_name(self.doctype):
			return False
		return any(
			row.state == old_status and row.next_state == self.status and row.action == REJECT
			for row in get_workflow(self.doctype).transitions
		)

	def set_published(self) -> None:
		"""Published is what a state of the workflow says it is: its "update field" is `published`."""
		set_field_of_state(self)
		if self.published and not self.published_on:
			self.published_on = now_datetime()

	def on_update(self) -> None:
		faq_files.attach_files(self)

	def on_trash(self) -> None:
		"""What readers said of an entry and its translations' link to it go with it; proposals keep standing."""
		frappe.db.delete("FAQ Feedback", {"faq": self.name})
		frappe.db.set_value("FAQ", {"translation_of": self.name}, "translation_of", None)
		frappe.db.set_value("FAQ Proposal", {"nearest": self.name}, "nearest", None)

	@frappe.whitelist()
	def confirm_answer(self) -> str | None:
		"""Say that the answer still holds: it is looked at again after its interval.

		:returns: the next review date, or None.
		:raises frappe.PermissionError: the user may not change the entry.
		"""
		self.check_permission("write")
		self.review_date = faq_life.next_review(self)
		self.reviewer = frappe.session.user
		self.save()
		tasks.close(self.doctype, self.name)
		return str(self.review_date) if self.review_date else None


def on_doctype_update() -> None:
	"""Indexes of the lists: newest or most used published entries of a category; an author's own."""
	frappe.db.add_index("FAQ", ["published", "used_count", "modified"], "published_used_modified")
	frappe.db.add_index("FAQ", ["faq_category", "published", "used_count"], "category_published_used")
	frappe.db.add_index("FAQ", ["owner", "modified"], "owner_modified")
	frappe.db.add_index("FAQ", ["status", "modified"], "status_modified")
	frappe.db.add_index("FAQ", ["published", "review_date"], "published_review")
