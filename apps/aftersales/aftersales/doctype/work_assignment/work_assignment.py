"""Work Assignment: work that somebody gives to themselves or to somebody below them, and its tracking (S2.01)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, now_datetime

from aftersales.aftersales.work import assignments
from aftersales.utils.append_only import keep_notes
from aftersales.utils.kanban import follow_moved_card
from aftersales.utils.workflow_state import set_field_of_state

INDEXES = (("assignee", "stage"), ("assigned_by", "stage"), ("stage", "due_on"), ("customer", "creation"))


class ReasonMissingError(frappe.MandatoryError):
	"""Work is given back without a reason."""


class ProgressError(frappe.ValidationError):
	"""The progress lies outside 0 to 100."""


class WorkAssignment(Document):
	def before_insert(self):
		if not (self.flags.ignore_permissions and self.assigned_by):
			self.assigned_by = frappe.session.user

	def validate(self):
		follow_moved_card(self, "stage")
		set_field_of_state(self)
		assignments.check_changes(self)
		assignments.check_assignee(self)
		assignments.check_parent(self)
		self.validate_progress()
		self.validate_reason()
		keep_notes(self, "notes", text="note")
		self.stamp_times()
		if self.stage == "Done":
			assignments.check_parts_done(self)

	def on_update(self):
		assignments.keep_todo(self)
		assignments.keep_deadline(self)
		assignments.tell_other_side(self)

	def validate_progress(self) -> None:
		"""Refuse what is no percentage; work that is done is complete.

		:raises ProgressError: it lies outside 0 to 100.
		"""
		if self.stage == "Done":
			self.progress = 100
		if not 0 <= flt(self.progress) <= 100:
			frappe.throw(_("Enter a progress from 0 to 100."), ProgressError)

	def validate_reason(self) -> None:
		"""Demand a reason when work is given back by either side, and keep it as a note.

		:raises ReasonMissingError: there is none, or it is that of an earlier time.
		"""
		before = self.get_doc_before_save()
		given_back = before and (
			(self.stage == "Returned" and before.stage != "Returned")
			or (before.stage == "Done" and self.stage not in ("Done", "Closed"))
		)
		if given_back and not (self.return_reason or "").strip():
			frappe.throw(
				_("Fill in {0} and save before you give the work back.").format(
					frappe.bold(_("Reason of Return"))
				),
				ReasonMissingError,
			)
		if given_back:
			self.append("notes", {"note": self.return_reason.strip()})

	def stamp_times(self) -> None:
		"""Keep when the work was accepted, done and closed; clear what the state takes back."""
		before = self.get_doc_before_save()
		if not before or before.status == self.status:
			return
		now = now_datetime()
		if self.stage in ("To Do", "Returned"):
			self.accepted_on = now if before.stage == "To Do" == self.stage else None
		elif self.stage == "In Progress":
			self.accepted_on = self.accepted_on or now
		if before.stage == "Done" and self.stage == "In Progress":
			self.progress = min(flt(self.progress), 90)
		self.done_on = (self.done_on or now) if self.stage in ("Done", "Closed") else None
		self.closed_on = now if self.stage == "Closed" else None
		if before.stage == "Returned" or self.stage == "Done":
			self.return_reason = None


def on_doctype_update():
	for fields in INDEXES:
		frappe.db.add_index("Work Assignment", fields)
