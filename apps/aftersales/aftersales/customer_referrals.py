"""Old customers bring new ones: who is thanked, and when (S6.11)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html, today

from aftersales.service_network import customer_care


def remind_to_thank(customer: Document) -> None:
	"""Thank the old customer and welcome the new one today: by message, else whoever enters the referral gets a task.

	Nothing happens when Aftersales Settings says so, when the thanks were given, or in imports, where the day is past.

	:param customer: Service Customer being saved.
	"""
	before = customer.get_doc_before_save()
	if (
		not customer.referred_by
		or customer.referral_thanked_on
		or customer.flags.merging
		or frappe.flags.in_import
		or (before and before.referred_by == customer.referred_by)
		or not frappe.get_cached_doc("Aftersales Settings").thank_for_referrals
	):
		return
	if customer_care.thank_for_referral(customer):
		customer.db_set("referral_thanked_on", today(), update_modified=False)
		return
	referrer = frappe.db.get_value(customer.doctype, customer.referred_by, "customer_name")
	frappe.get_doc(
		doctype="ToDo",
		allocated_to=frappe.session.user,
		assigned_by=frappe.session.user,
		date=today(),
		priority="High",
		reference_type=customer.doctype,
		reference_name=customer.name,
		description=_("Thank {0} ({1}) for bringing {2}, and welcome {2} ({3}).").format(
			escape_html(referrer or ""),
			customer.referred_by,
			escape_html(customer.customer_name),
			customer.name,
		),
	).insert(ignore_permissions=True)
