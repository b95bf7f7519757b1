"""What slips of an outlet have in common: its letter head, and the hints at the foot (S7.10, S18.24)."""

import frappe
from frappe.model.document import Document
from frappe.query_builder import Order
from frappe.utils import getdate, today

from aftersales.utils.access import check_permission

OUTLET = "Service Outlet"
HINT = "Slip Hint"


def letter_head_of(outlet: str | None) -> str | None:
	"""Return the letter head of an outlet, or of the nearest place above it that has one; None for the site's own.

	One statement, however deep the tree is. The field is not called `letter_head`: Frappe fills such a field of every new
	document with the site's default.
	"""
	if not outlet:
		return None
	here, above = frappe.qb.DocType(OUTLET), frappe.qb.DocType(OUTLET).as_("above")
	paper = frappe.qb.DocType("Letter Head")
	rows = (
		frappe.qb.from_(here)
		.join(above)
		.on((above.lft <= here.lft) & (above.rgt >= here.rgt))
		.join(paper)
		.on(paper.name == above.slip_letter_head)
		.select(paper.name)
		.where((here.name == outlet) & (paper.disabled == 0))
		.orderby(above.lft, order=Order.desc)
		.limit(1)
		.run()
	)
	return rows[0][0] if rows else None


def outlet_of(doc: Document) -> str | None:
	"""Return the outlet whose paper a document is printed on."""
	if doc.doctype == OUTLET:
		return doc.name
	field = doc.meta.get_field("outlet")
	return doc.get("outlet") if field and field.options == OUTLET else None


def choose_letter_head(doc: Document, method: str | None = None, settings: dict | None = None) -> None:
	"""`before_print` of every document: the outlet's letter head, unless somebody chose one for the document itself."""
	if not doc.get("letter_head") and (head := letter_head_of(outlet_of(doc))):
		doc.letter_head = head


@frappe.whitelist()
def letter_head_for(doctype: str, name: str) -> str | None:
	"""Return the letter head that the print page of a document proposes; None for the site's default.

	:param doctype: DocType of the document.
	:param name: its name.
	:raises frappe.PermissionError: the user may not read the document.
	"""
	check_permission(doctype, "read")
	doc = frappe.get_doc(doctype, name)
	doc.check_permission("read")
	return doc.get("letter_head") or letter_head_of(outlet_of(doc))


def slip_hints(doc: Document, print_format: str | None = None) -> list[str]:
	"""Return the hints at the foot of a slip, in the language of the print; in order, one statement (S18.24).

	:param doc: the printed document.
	:param print_format: name of its print format; hints of other formats stay away.
	"""
	day = getdate(today())
	rows = frappe.get_all(
		HINT,
		{"document_type": doc.doctype, "disabled": 0},
		["order_kind", "print_format", "valid_from", "valid_until", "text_en", "text_zh"],
		order_by="sort_order asc, creation asc",
	)
	first, second = ("text_zh", "text_en") if frappe.local.lang.startswith("zh") else ("text_en", "text_zh")
	return [
		row[first] or row[second]
		for row in rows
		if (not row.order_kind or row.order_kind == doc.get("order_kind"))
		and (not row.print_format or row.print_format == print_format)
		and not (row.valid_from and row.valid_from > day)
		and not (row.valid_until and row.valid_until < day)
	]
