"""Bank data of outlets: who is shown it, and how it gets there from an application (S2.34)."""

import frappe
from frappe import _
from frappe.model.document import Document

ACCOUNT = "Outlet Bank Account"
FIELDS = ("account_holder", "bank_name", "bank_account", "tax_no")


class TwoAccountsError(frappe.ValidationError):
	"""Two outlets with bank data would become one."""


def bank_account_of(outlet: str | None) -> dict | None:
	"""Return an outlet's bank data for a print; None where there is none or the session's user may not read it.

	:param outlet: Service Outlet.
	"""
	if not outlet or not frappe.has_permission(ACCOUNT, "read"):
		return None
	rows = frappe.get_list(ACCOUNT, filters={"outlet": outlet}, fields=list(FIELDS), limit=1)
	return rows[0] if rows else None


def write(outlet: str, application: Document) -> None:
	"""Write the bank data of an approved application; what is empty in it leaves the stored data as it is.

	The application was judged by headquarters, so whoever approves needs no right on bank data.

	:param outlet: Service Outlet.
	"""
	values = {field: application.get(field) for field in FIELDS if application.get(field)}
	if not values:
		return
	name = frappe.db.get_value(ACCOUNT, {"outlet": outlet})
	doc = frappe.get_doc(ACCOUNT, name, for_update=True) if name else frappe.new_doc(ACCOUNT, outlet=outlet)
	doc.update(values)
	doc.save(ignore_permissions=True)


def check_merge(old: str, new: str) -> None:
	"""Refuse to merge outlets that have bank data both: nobody would know to which account to pay.

	:raises TwoAccountsError: they have.
	"""
	if frappe.db.exists(ACCOUNT, {"outlet": old}) and frappe.db.exists(ACCOUNT, {"outlet": new}):
		frappe.throw(
			_("{0} and {1} both have bank data. Delete that of one of them first.").format(
				frappe.bold(old), frappe.bold(new)
			),
			TwoAccountsError,
			title=_("Outlet Bank Account"),
		)
