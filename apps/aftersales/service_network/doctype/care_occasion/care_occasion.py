"""Care Occasion: when customers hear from us, and how (S6.11-S6.17); see aftersales.service_network.customer_care."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, flt

from aftersales.service_network.customer_care import MESSAGE, ON_A_DAY
from aftersales.utils.text import clean_fields

# Kind -> fields that it alone asks for.
OF_KIND = {
	"Birthday": ("days_before",),
	"Not Seen for Long": ("absent_days",),
	"Spending Reached": ("amount",),
	"Top Spender": ("top",),
}


class OccasionError(frappe.ValidationError):
	"""The occasion would concern nobody, or do nothing."""


class CareOccasion(Document):
	def before_naming(self):
		clean_fields(self, "occasion_name")

	def validate(self):
		self.clear_what_does_not_count()
		self.validate_when()
		self.validate_what()

	def clear_what_does_not_count(self) -> None:
		"""What the form hides for kind and action is not kept."""
		for kind, fields in OF_KIND.items():
			for field in fields if kind != self.kind else ():
				self.set(field, 0)
		if self.kind not in ON_A_DAY:
			self.on_date = None
		if self.action == MESSAGE:
			self.assign_to = self.instructions = None
		else:
			self.template = None
		if self.kind != "Referral" or self.action != MESSAGE:
			self.second_template = None

	def validate_when(self) -> None:
		"""
		:raises OccasionError: the day, the time or the amount is missing.
		"""
		needed = {"Not Seen for Long": "absent_days", "Spending Reached": "amount"}.get(self.kind)
		if self.kind in ON_A_DAY:
			needed = "on_date"
		if needed and not (self.on_date if needed == "on_date" else flt(self.get(needed)) > 0):
			self.ask_for(needed)
		if cint(self.days_before) > 60:
			frappe.throw(_("60 days ahead at most."), OccasionError)

	def validate_what(self) -> None:
		"""
		:raises OccasionError: the template is missing, or a task is asked for that is made anyway.
		"""
		if self.kind == "Referral" and self.action != MESSAGE:
			frappe.throw(
				_("For referrals choose {0}: a task is made anyway where no message can be sent.").format(
					frappe.bold(_("Message"))
				),
				OccasionError,
			)
		if self.action == MESSAGE and not self.template:
			self.ask_for("template")
		if self.action == MESSAGE and self.kind == "Referral" and not self.second_template:
			self.ask_for("second_template")

	def ask_for(self, field: str) -> None:
		"""
		:raises OccasionError: always.
		"""
		frappe.throw(
			_("Fill in {0} first.").format(frappe.bold(_(self.meta.get_label(field)))),
			OccasionError,
			title=_("Something Is Missing"),
		)
