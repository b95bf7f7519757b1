"""Reports by e-mail (Frappe's Auto Email Report): the rows, the language and the rights of the person that each is for.

Frappe hands that person on to reports of the report builder only; a script's report would run at night with the rights of the
Administrator, and send one outlet the figures of all (C11).
"""

from collections.abc import Iterator
from contextlib import contextmanager

import frappe
from frappe import _
from frappe.email.doctype.auto_email_report.auto_email_report import AutoEmailReport

from aftersales.utils.spreadsheets import with_apostrophes, without_formulas

MAY_CHOOSE = "System Manager"


class ReportMail(AutoEmailReport):
	"""Frappe's Auto Email Report, set in hooks.py by `override_doctype_class`."""

	def validate(self) -> None:
		"""Refuse a report with somebody else's rights, unless an administrator of the site asks for it.

		:raises frappe.PermissionError: the report would be of another person.
		"""
		super().validate()
		if self.user != frappe.session.user and self.is_changed() and MAY_CHOOSE not in frappe.get_roles():
			frappe.throw(
				_("Choose yourself as the user: only a {0} sends reports with the rights of others.").format(
					_(MAY_CHOOSE)
				),
				frappe.PermissionError,
			)

	def is_changed(self) -> bool:
		"""Return whether it would show other rows than before, or show them to others."""
		return any(self.has_value_changed(field) for field in ("user", "report", "filters", "email_to"))

	def get_report_content(self) -> str | bytes | None:
		"""Return the report as its person reads it; in Excel and CSV no text begins a formula.

		Whoever asks for the report of somebody else by hand, to download or send it, gets what they may read themselves.

		:raises frappe.ValidationError: the person's account is disabled.
		"""
		if not frappe.db.get_value("User", self.user, "enabled"):
			frappe.throw(_("The account of {0} is disabled: choose another user.").format(self.user))
		# At night Frappe works as Administrator, who is a System Manager.
		with as_reader(self.user if MAY_CHOOSE in frappe.get_roles() else frappe.session.user):
			content = super().get_report_content()
		if content and self.format == "XLSX":
			return without_formulas(content)
		return with_apostrophes(content) if content and self.format == "CSV" else content


@contextmanager
def as_reader(user: str) -> Iterator[None]:
	"""Work with a person's rights and in their language; afterwards all is as before, the web session too."""
	session, lang, form = frappe._dict(frappe.local.session), frappe.local.lang, frappe.local.form_dict
	try:
		frappe.set_user(user)
		frappe.set_user_lang(user)
		yield
	finally:
		frappe.set_user(session.user)
		frappe.local.session.update(sid=session.sid, data=session.data)
		frappe.local.lang, frappe.local.form_dict = lang, form
