"""A dealer's applications to have devices refurbished: handing one in, and how they stand (S12.12, M15)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import today

from aftersales.field_service.devices import serial_key
from aftersales.field_service.doctype.refurbish_application.refurbish_application import OPEN
from aftersales.portal import dealers, tickets
from aftersales.portal.dealers import DealerFormError
from aftersales.portal.scope import Scope
from aftersales.spare_parts.stages import move_to

DOCTYPE = "Refurbish Application"
UNFINISHED = "Writing"
ROW = ("name", "serial_no", "product_name", "applied_on", "status", "stage", "decision_note")
LONGEST = {
	"serial_no": 140,
	"product": 140,
	"device_condition": 1000,
	"work_wanted": 1000,
	"contact_phone": 40,
}
# Who decides about applications.
DECIDE = ("Sales Office", "Service Manager")


def page_of(scope: Scope, page: int = 1, words: str = "") -> dict:
	"""Return a page of the applications that a user may see; see `dealers.page_of`."""
	table = frappe.qb.DocType(DOCTYPE)
	extra = dealers.like_any(words, table.name, table.serial_no, table.product_name)
	return dealers.page_of(scope, DOCTYPE, UNFINISHED, ROW, page, extra)


def find(scope: Scope, name: str) -> Document:
	"""Return an application that the user may see.

	:raises NotFound: there is none.
	"""
	return dealers.find(scope, DOCTYPE, UNFINISHED, name)


def apply(scope: Scope, values: dict[str, str]) -> Document:
	"""Hand in an application for one device.

	:param values: `serial_no`, `product`, `device_condition`, `work_wanted`, `contact_phone`, `dealer` as typed.
	:raises NotFound: the user stands for no dealer.
	:raises DealerFormError: something is missing or wrong.
	:raises SecondApplicationError: somebody else applied for the device at the same moment.
	"""
	dealers.need_dealer(scope)
	typed = {field: (values.get(field) or "").strip()[:most] for field, most in LONGEST.items()}
	serial_no = " ".join(typed["serial_no"].split())
	if not serial_key(serial_no):
		frappe.throw(_("Type the serial number from the type plate."), DealerFormError)
	product = tickets.product_values(typed["product"]).get("product")
	if not product:
		frappe.throw(
			_("Choose the product from the list that appears while you type its name, model or number."),
			DealerFormError,
		)
	if not typed["device_condition"]:
		frappe.throw(_("Describe the condition of the device."), DealerFormError)
	refuse_second(product, serial_no)
	doc = frappe.get_doc(
		{
			"doctype": DOCTYPE,
			"dealer": dealers.dealer_for(scope, values.get("dealer") or ""),
			"applicant": frappe.utils.get_fullname(scope.user)[:140],
			"applied_on": today(),
			"serial_no": serial_no,
			"product": product,
			"device_condition": typed["device_condition"],
			"work_wanted": typed["work_wanted"],
			"contact_phone": typed["contact_phone"],
		}
	)
	doc.flags.ignore_permissions = doc.flags.applies = True
	doc.insert(ignore_permissions=True)
	move_to(doc, "Applied")
	dealers.tell_staff(doc, DECIDE, _("{0} applied for refurbishing in the portal: {1}"))
	return doc


def refuse_second(product: str, serial_no: str) -> None:
	"""Refuse a second application for the same unit, without telling whose the first one is.

	:raises DealerFormError: there is an open one.
	"""
	if frappe.db.exists(DOCTYPE, {"product": product, "serial_no": serial_no, "stage": ("in", OPEN)}):
		frappe.throw(
			_("There is an open application for this unit already. Please ask our service."), DealerFormError
		)
