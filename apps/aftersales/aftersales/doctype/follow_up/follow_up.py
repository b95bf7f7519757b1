"""Follow-up: one call or visit after a sale, a service or a complaint (S2.25, S2.42, S7.23, S24.17, S24.18)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.model.workflow import get_transitions, get_workflow, get_workflow_name
from frappe.utils import now_datetime

from aftersales.aftersales import follow_up_effects, surveys
from aftersales.aftersales.survey_answers import parse
from aftersales.utils.access import is_permitted
from aftersales.utils.link_values import fill_from_link
from aftersales.utils.naming import set_number
from aftersales.utils.workflow_state import set_field_of_state

CUSTOMER_VALUES = {"customer_name": "customer_name", "phone": "phone", "email": "email", "region": "region"}
# What somebody without the right to make follow-ups may change: the state, within the workflow, and the own feedback.
OTHERS_MAY_CHANGE = {"status", "stage", "feedback", "feedback_on"}
INDEXES = (
	("planned_for", "stage", "due_date"),
	("feedback_person", "stage"),
	("stage", "due_date"),
	("customer", "creation"),
	("customer", "followed_up_on"),
	("source_doctype", "source_name"),
	("followed_up_on", "status"),
)


class FeedbackPersonError(frappe.PermissionError):
	"""The feedback is written by the named person, and by nobody else."""


class FeedbackMissingError(frappe.ValidationError):
	"""Feedback was given without a word."""


class NotYoursError(frappe.PermissionError):
	"""Who may write only, but not make follow-ups, changed more than the own feedback."""


class ResultMissingError(frappe.ValidationError):
	"""A follow-up is done without a word on what the customer said."""


class CancelReasonError(frappe.ValidationError):
	"""A follow-up was cancelled without a reason."""


class Followup(Document):
	def autoname(self):
		set_number(self)

	def onload(self):
		self.set_onload("source", follow_up_effects.source_summary(self))
		if self.survey_template:
			self.set_onload("survey", surveys.form_of(self.survey_template, self.survey_response))

	def validate(self):
		self.fill_from_links()
		self.check_feedback_person()
		self.give_feedback()
		set_field_of_state(self)
		self.check_own_part()
		self.validate_attempts()
		self.validate_survey()
		self.validate_result()
		self.validate_cancel_reason()
		self.stamp()

	def on_update(self):
		follow_up_effects.after_save(self)

	def on_trash(self):
		follow_up_effects.before_delete(self)

	def before(self, field: str):
		"""Return the stored value of a field, None on a new document."""
		stored = self.get_doc_before_save()
		return stored.get(field) if stored else None

	def fill_from_links(self) -> None:
		"""Copy what customer and source know; typed values win."""
		if self.source_name and not self.customer and self.has_value_changed("source_name"):
			follow_up_effects.fill_from_source(self)
		fill_from_link(self, "customer", CUSTOMER_VALUES)

	def check_feedback_person(self) -> None:
		"""Keep the feedback to its person, and name only persons who can write it (S24.17, S24.18).

		:raises FeedbackPersonError: somebody else wrote it, or the named person has no rights.
		"""
		if (self.feedback or "") != (self.before("feedback") or ""):
			if self.feedback_person != frappe.session.user:
				frappe.throw(
					_("The feedback is written by {0} only.").format(
						frappe.bold(
							frappe.utils.get_fullname(self.feedback_person) or _("the feedback person")
						)
					),
					FeedbackPersonError,
				)
		if self.feedback_person and self.feedback_person != self.before("feedback_person"):
			if not frappe.has_permission("Follow-up", "write", user=self.feedback_person):
				frappe.throw(
					_(
						"{0} may not write follow-ups. Give the user a role such as {1}, or name somebody else."
					).format(
						frappe.bold(frappe.utils.get_fullname(self.feedback_person)), _("Service Technician")
					),
					FeedbackPersonError,
				)

	def give_feedback(self) -> None:
		"""Saving the feedback is the action that leads on (S24.18).

		:raises FeedbackMissingError: the action was taken without feedback.
		"""
		left = self.before("stage") == "Awaiting Feedback" and self.has_value_changed("status")
		if (
			left
			and self.status == next_state(self.get_doc_before_save(), "Done")
			and not (self.feedback or "").strip()
		):
			frappe.throw(_("Write your feedback first, then save."), FeedbackMissingError)
		if (
			self.before("stage") != "Awaiting Feedback"
			or not (self.feedback or "").strip()
			or self.feedback == self.before("feedback")
		):
			return
		self.feedback_on = now_datetime()
		if self.status == self.before("status"):
			self.status = next_state(self, "Done") or self.status

	def check_own_part(self) -> None:
		"""Let those who may not make follow-ups change no more than their feedback and the state.

		:raises NotYoursError: something else differs.
		"""
		stored = self.get_doc_before_save()
		if not stored or self.flags.ignore_permissions or is_permitted(self, "create"):
			return
		if changed := changed_fields(stored, self) - OTHERS_MAY_CHANGE:
			labels = ", ".join(sorted(_(self.meta.get_label(field)) for field in changed))
			frappe.throw(
				_("You may write your feedback here, but not change: {0}").format(labels), NotYoursError
			)

	def validate_attempts(self) -> None:
		"""What was tried stays."""
		stored = self.get_doc_before_save()
		if stored and not self.flags.ignore_permissions:
			rows = {row.name for row in self.attempts}
			if any(row.name not in rows for row in stored.attempts):
				frappe.throw(_("Attempts cannot be removed."), frappe.PermissionError)

	def validate_survey(self) -> None:
		"""Refuse answers that the template does not allow, and missing ones once the follow-up is done."""
		if not self.survey_template:
			self.survey_answers = None
			return
		if self.done_now() or self.has_value_changed("survey_answers"):
			template = frappe.get_cached_doc("Survey Template", self.survey_template)
			complete = self.done_now() and not self.survey_declined and not self.survey_response
			parse(template, self.survey_answers, complete=complete)

	def validate_result(self) -> None:
		"""Demand a word on what the customer said.

		:raises ResultMissingError: neither result nor opinion, satisfaction or survey holds anything.
		"""
		told = self.result or self.opinion or self.satisfied or self.survey_response or self.answers_given()
		if self.done_now() and not told:
			frappe.throw(
				_("Say what the customer answered first: fill in {0}, {1} or {2}, and save.").format(
					frappe.bold(_("Satisfaction")),
					frappe.bold(_("Customer Opinion")),
					frappe.bold(_("Result")),
				),
				ResultMissingError,
				title=_("Result Missing"),
			)

	def validate_cancel_reason(self) -> None:
		"""Demand a reason from who gives a follow-up up.

		:raises CancelReasonError: there is none.
		"""
		if self.stage == "Cancelled" and not (self.cancel_reason or "").strip():
			frappe.throw(
				_("Say why: use the button {0}, which asks for the reason.").format(
					frappe.bold(_("Cancel Follow-up"))
				),
				CancelReasonError,
				title=_("Reason Missing"),
			)

	def stamp(self) -> None:
		"""Say who followed up and when; taken back when work starts again."""
		if self.done_now():
			typed = self.is_new()  # an imported one brings its own time
			self.followed_up_on = (typed and self.followed_up_on) or now_datetime()
			self.followed_up_by = (typed and self.followed_up_by) or frappe.session.user
		elif self.stage == "Open" and self.before("stage") in ("Done", "Awaiting Feedback"):
			self.followed_up_on = self.followed_up_by = None

	def done_now(self) -> bool:
		"""Whether this save ends the talk with the customer."""
		return self.stage in ("Done", "Awaiting Feedback") and self.before("stage") in (
			None,
			"",
			"Open",
			"Cancelled",
		)

	def answers_given(self) -> bool:
		"""Whether any question of the survey was answered."""
		return bool(self.survey_template and frappe.parse_json(self.survey_answers or "{}"))


def next_state(doc: Document, stage: str) -> str | None:
	"""Return the state to which an action of the session's user leads that stands for a stage, None if there is none."""
	if not get_workflow_name(doc.doctype):
		return None
	workflow = get_workflow(doc.doctype)
	targets = {
		row.state for row in workflow.states if row.update_field == "stage" and row.update_value == stage
	}
	found = [row.next_state for row in get_transitions(doc, workflow) if row.next_state in targets]
	return found[0] if found else None


def changed_fields(before: Document, doc: Document) -> set[str]:
	"""Return the names of the fields that differ, tables included; empty is the same as 0."""
	from frappe.core.doctype.version.version import get_diff

	diff = get_diff(before, doc)
	if not diff:
		return set()
	tables = {row[0] for part in (diff.added, diff.removed, diff.row_changed) for row in part}
	return {field for field, old, new in diff.changed if old or new} | tables


def on_doctype_update():
	for fields in INDEXES:
		frappe.db.add_index("Follow-up", fields)
