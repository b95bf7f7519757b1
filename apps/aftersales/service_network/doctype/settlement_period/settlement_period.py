"""Settlement Period: a month of the settlement books, open or closed; see service_network/settlement_periods.py."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import get_first_day, getdate, now_datetime, today

from aftersales.service_network import settlement_periods
from aftersales.utils.workflow_state import set_field_of_state


class SettlementPeriodError(frappe.ValidationError):
	"""The month cannot be opened or closed."""


class SettlementPeriod(Document):
	def autoname(self):
		self.month = get_first_day(getdate(self.month))
		self.name = self.month.strftime("%Y-%m")

	def validate(self):
		set_field_of_state(self)
		before = self.get_doc_before_save()
		left = before.stage if before else "Open"
		if self.stage == left:
			for field in ("closed_by", "closed_on"):
				self.set(field, before.get(field) if before else None)
		elif self.stage == "Closed":
			self.check_over()
			settlement_periods.check_finished(getdate(self.month))
			self.closed_by, self.closed_on = frappe.session.user, now_datetime()
		else:
			self.closed_by = self.closed_on = None

	def before_rename(self, old: str, new: str, merge: bool = False) -> None:
		frappe.throw(_("A month keeps its name."), SettlementPeriodError)

	def on_trash(self):
		if self.stage == "Closed":
			frappe.throw(_("The month is closed. Open it again first."), SettlementPeriodError)

	def check_over(self) -> None:
		"""Refuse to close a month that is not over.

		:raises SettlementPeriodError: it is not.
		"""
		if getdate(self.month) >= get_first_day(getdate(today())):
			frappe.throw(_("The month is not over yet."), SettlementPeriodError, title=_("Settlement Period"))
