"""What Frappe's Data Import lacks: headers in the user's language, the right to import, rows that are here already."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.permissions import can_import
from frappe.utils import flt

from aftersales.telephony.numbers import normalise
from aftersales.utils.text import clean_text

MOST_NAMESAKES = 500


class RepeatedRecordError(frappe.UniqueValidationError):
	"""The row of an import file is on the site already."""


def check_right(doc: Document, method: str | None = None) -> None:
	"""Refuse an import into a DocType by a user who has no right to import into it (S7.53 no. 6).

	Frappe only leaves such DocTypes out of the list to choose from.

	:param doc: the Data Import that is being saved.
	:param method: name of the document event, unused.
	:raises frappe.PermissionError: no such right.
	"""
	if doc.reference_doctype:
		can_import(doc.reference_doctype, raise_exception=True)


def forget_headers(doc: Document, method: str | None = None) -> None:
	"""Let Frappe match the headers of an import file anew.

	It keeps the labels of a DocType's fields in the language of whoever imported into it first, so that the next
	user's Chinese headers would not match (S7.51).

	:param doc: the Data Import that is being saved.
	:param method: name of the document event, unused.
	"""
	frappe.cache.hdel("data_import_column_header_map", doc.reference_doctype)


def refuse_repeated(doc: Document, method: str | None = None) -> None:
	"""`before_insert`: leave out what an import file holds and the site has, for DocTypes that are named by a series.

	So a file that is imported twice, or again after its bad rows were mended, makes nothing twice. DocTypes that are named
	by a field need none of this. People at a form may enter namesakes.

	:param doc: new document.
	:param method: name of the document event, unused.
	:raises RepeatedRecordError: names the document that is here.
	"""
	if not frappe.flags.in_import:
		return
	found = FINDERS[doc.doctype](doc)
	if found:
		frappe.throw(
			_("This row is here already as {0} {1}. Nothing was added.").format(
				_(doc.doctype), frappe.bold(found)
			),
			RepeatedRecordError,
			title=_("Already Here"),
		)


def find_customer(doc: Document) -> str | None:
	"""Return the customer of the same name and telephone number; without a number, of the same organisation and e-mail.

	Customers with different member numbers are different ones.
	"""
	name = clean_text(doc.customer_name)
	if not name:
		return None
	rows = frappe.get_all(
		"Service Customer",
		filters={"customer_name": name},
		fields=["name", "member_no", "phone", "region", "organisation", "email"],
		order_by=None,
		limit=MOST_NAMESAKES,
	)
	key = _phone_key(doc.phone, doc.region) if rows else None
	for row in rows:
		if doc.member_no and row.member_no and clean_text(doc.member_no) != row.member_no:
			continue
		if key or row.phone:
			same = key == _phone_key(row.phone, row.region)
		else:
			same = all(
				clean_text(doc.get(field)) == clean_text(row[field]) for field in ("organisation", "email")
			)
		if same:
			return row.name
	return None


def find_ticket(doc: Document) -> str | None:
	"""Return the ticket of the same kind, caller, day and question."""
	filters = {"record_type": doc.record_type, "question": doc.question or ["in", ["", None]]}
	if doc.creation_date:
		filters["creation_date"] = doc.creation_date
	key = _phone_key(doc.contact_phone, doc.region)
	for caller in (
		{"customer": doc.customer},
		{"phone_key": key},
		{"customer_name": clean_text(doc.customer_name)},
	):
		if all(caller.values()):
			return frappe.db.get_value(doc.doctype, filters | caller)
	return None


def find_faq(doc: Document) -> str | None:
	"""Return the entry with the same question in the same category and language."""
	same = {field: doc.get(field) for field in ("faq_category", "language") if doc.get(field)}
	return frappe.db.get_value(doc.doctype, {"question": clean_text(doc.question), **same})


def find_sale(doc: Document) -> str | None:
	"""Return the sale of the same goods to the same customer on the same day."""
	filters = {"customer": doc.customer, "sale_date": doc.sale_date, "docstatus": ("<", 2)}
	goods = _goods(doc)
	for name in frappe.get_all(doc.doctype, filters, pluck="name", order_by="name asc"):
		if _goods(frappe.get_doc(doc.doctype, name)) == goods:
			return name
	return None


def _goods(sale: Document) -> list[tuple]:
	return sorted(
		(
			row.product or clean_text(row.product_name),
			*(flt(row.get(field), 6) for field in ("qty", "rate", "discount")),
			clean_text(row.serial_nos),
		)
		for row in sale.items
	)


FINDERS = {
	"Service Customer": find_customer,
	"Service Ticket": find_ticket,
	"FAQ": find_faq,
	"Sale Record": find_sale,
}


def _phone_key(phone: str | None, region: str | None) -> str:
	if not phone:
		return ""
	area_code = region and frappe.get_cached_value("Service Region", region, "area_code")
	return normalise(phone, None, area_code or None).key
