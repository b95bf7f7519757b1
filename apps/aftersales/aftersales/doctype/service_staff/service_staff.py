"""Service Staff: a person's place in the organisation."""

import frappe
from frappe import _
from frappe.model.document import Document

from aftersales.service_network import outlet_scope
from aftersales.utils.text import clean_text


class ReportsToCycleError(frappe.ValidationError):
	"""Somebody would be their own superior, directly or over others."""


class ServiceStaff(Document):
	def validate(self):
		self.staff_no = clean_text(self.staff_no) or None
		self.full_name = frappe.db.get_value("User", self.user, "full_name") or self.user
		self.refuse_cycle()

	def on_update(self):
		outlet_scope.forget()

	def after_delete(self):
		outlet_scope.forget()

	def refuse_cycle(self) -> None:
		"""Walk up from the superior and refuse to meet this person again.

		:raises ReportsToCycleError: names the way round.
		"""
		way, above = [self.user], self.reports_to
		while above and above not in way:
			way.append(above)
			above = frappe.db.get_value("Service Staff", above, "reports_to")
		if above == self.user:
			frappe.throw(
				_("{0} cannot report to {1}: nobody is their own superior ({2}).").format(
					frappe.bold(self.full_name),
					frappe.bold(frappe.utils.get_fullname(self.reports_to)),
					" → ".join(frappe.utils.get_fullname(user) for user in [*way, above]),
				),
				ReportsToCycleError,
				title=_("Reports to"),
			)


def rename_with_user(doc: Document, method: str, old: str, new: str, merge: bool = False) -> None:
	"""Let the staff record follow when its User gets another name.

	:param doc: the renamed User.
	:param method: name of the document event, unused.
	:param old: former name.
	:param new: present name.
	:param merge: whether two accounts became one; the record of the second stays then.
	"""
	if frappe.db.exists("Service Staff", old) and not frappe.db.exists("Service Staff", new):
		frappe.rename_doc("Service Staff", old, new, force=True, show_alert=False)
