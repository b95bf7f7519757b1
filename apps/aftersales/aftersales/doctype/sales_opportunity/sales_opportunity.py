"""Sales Opportunity: a chance to sell something to a customer (S8.06)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, today

from aftersales.utils.kanban import follow_moved_card
from aftersales.utils.workflow_state import set_field_of_state

CLOSED = {"Won": 100, "Lost": 0}  # stage -> probability
INDEXES = (("customer", "creation"), ("stage", "next_date"))


class ProbabilityError(frappe.ValidationError):
	"""The probability lies outside 0 to 100."""


class ReasonMissingError(frappe.MandatoryError):
	"""An opportunity was lost without a reason."""


class SalesOpportunity(Document):
	def validate(self):
		follow_moved_card(self, "stage")
		set_field_of_state(self)
		self.validate_probability()
		self.validate_reason()
		self.close_or_reopen()
		self.weighted_amount = flt(
			flt(self.expected_amount) * flt(self.probability) / 100, self.precision("weighted_amount")
		)

	def validate_probability(self) -> None:
		"""Refuse what is no probability.

		:raises ProbabilityError: it lies outside 0 to 100.
		"""
		if not 0 <= flt(self.probability) <= 100:
			frappe.throw(_("Enter a probability from 0 to 100."), ProbabilityError)

	def validate_reason(self) -> None:
		"""Demand the reason of a loss.

		:raises ReasonMissingError: it is empty.
		"""
		if self.stage == "Lost" and not (self.outcome_reason or "").strip():
			frappe.throw(
				_("Fill in {0} and save before you close the opportunity as lost.").format(
					frappe.bold(_("Reason Won or Lost"))
				),
				ReasonMissingError,
			)

	def close_or_reopen(self) -> None:
		"""Set what follows from winning or losing: the day, and a probability that is certain."""
		if self.stage in CLOSED:
			self.closed_on = self.closed_on or today()
			self.probability = CLOSED[self.stage]
		else:
			self.closed_on = None


def on_doctype_update():
	for fields in INDEXES:
		frappe.db.add_index("Sales Opportunity", fields)
