import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import now_datetime

from aftersales.knowledge import proposals
from aftersales.utils.workflow_state import set_field_of_state


class ProposalIncompleteError(frappe.ValidationError):
	"""Something is missing for the decision."""


class FAQProposal(Document):
	"""What a resolved ticket or complaint teaches (S7.42). Decided by the states of its workflow: each says with the
	hidden field `decision` whether it accepts, rejects or adds to an answer that exists."""

	def validate(self) -> None:
		before = self.get_doc_before_save()
		self.question = " ".join((self.question or "").split())
		self.keep_sources(before)
		self.times = max(len(self.sources), 1)
		self.decision = before.decision if before else None
		set_field_of_state(self)
		if not self.decision and (not before or before.question != self.question):
			proposals.point_out_duplicates(self)
		self.decide(before)

	def keep_sources(self, before: Document | None) -> None:
		"""Cases are added by the system; what a client sends for them is put back."""
		if before and not self.flags.ignore_permissions:
			self.set("sources", [row.as_dict() for row in before.sources])

	def decide(self, before: Document | None) -> None:
		"""Check what a decision needs, and note who took it.

		:raises ProposalIncompleteError: something is missing.
		"""
		if not self.decision or (before and before.decision == self.decision):
			return
		if self.decision == "Accepted" and not self.faq_category:
			self.refuse(_("Choose the FAQ Category of the new entry."))
		if self.decision == "Merged" and not self.faq:
			self.refuse(_("Choose the FAQ that answers it already."))
		if self.decision == "Rejected" and not (self.reason or "").strip():
			self.refuse(_("Give the reason why it becomes no FAQ."))
		self.decided_by, self.decided_on = frappe.session.user, now_datetime()

	def refuse(self, message: str) -> None:
		frappe.throw(message, ProposalIncompleteError, title=_("Something Is Missing"))

	def on_update(self) -> None:
		if self.decision == "Accepted" and not self.faq:
			self.db_set("faq", proposals.make_faq(self))


def on_doctype_update() -> None:
	"""The list of what waits, those asked most often first."""
	frappe.db.add_index("FAQ Proposal", ["status", "times"], "status_times")
	frappe.db.add_index("FAQ Proposal", ["decision", "product", "creation"], "decision_product")
