"""What a dealer's pages have in common: for which dealer, whose documents, and who is told (R20)."""

import frappe
from frappe import _
from frappe.desk.doctype.notification_log.notification_log import enqueue_create_notification
from frappe.model.document import Document
from frappe.query_builder import Order
from frappe.utils import escape_html, get_fullname
from pypika import Criterion
from pypika.terms import Field

from aftersales.portal.conversation import enabled_staff, leaders
from aftersales.portal.pages import NotFound
from aftersales.portal.scope import Scope

SIZE = 20


class DealerFormError(frappe.ValidationError):
	"""Something in a dealer's form is missing or wrong."""


def need_dealer(scope: Scope) -> None:
	"""Keep the pages of dealers to dealers.

	:raises NotFound: the user stands for none.
	"""
	if not scope.dealers:
		raise NotFound


def dealer_for(scope: Scope, wanted: str) -> str:
	"""Return the dealer for whom something is made: the chosen one, else the user's first.

	:raises DealerFormError: the chosen one is not the user's.
	"""
	if wanted and wanted not in scope.dealers:
		frappe.throw(_("Choose one of the dealers offered."), DealerFormError)
	return wanted or scope.dealers[0]


def dealers_to_choose(scope: Scope) -> list[dict]:
	"""Return name and full name of the user's dealers, when there is a choice."""
	if len(scope.dealers) < 2:
		return []
	filters = {"name": ("in", scope.dealers)}
	return frappe.get_all("Dealer", filters, ["name", "dealer_name"], order_by="dealer_name asc")


def condition(scope: Scope, doctype: str, unfinished: str) -> Criterion | None:
	"""Return the condition of the documents that a user may see, None for none.

	:param unfinished: stage of what is still being written: that sees who writes it only.
	"""
	if not scope.dealers:
		return None
	table = frappe.qb.DocType(doctype)
	return table.dealer.isin(scope.dealers) & ((table.stage != unfinished) | (table.owner == scope.user))


def sees(scope: Scope, doc: Document | dict, unfinished: str) -> bool:
	"""Return whether a user may see a document; the same rule as `condition`."""
	if not doc.get("dealer") or doc.get("dealer") not in scope.dealers:
		return False
	return doc.get("stage") != unfinished or doc.get("owner") == scope.user


def page_of(
	scope: Scope, doctype: str, unfinished: str, fields: tuple[str, ...], page: int, extra: Criterion | None
) -> dict:
	"""Return a page of the documents that a user may see, the newest first; one statement.

	:param fields: columns of the rows.
	:param extra: further condition.
	:returns: `rows`, and `more`: whether there is another page.
	"""
	found = condition(scope, doctype, unfinished)
	if found is None:
		return {"rows": [], "more": False}
	table = frappe.qb.DocType(doctype)
	query = frappe.qb.from_(table).where(found if extra is None else found & extra)
	rows = (
		query.select(*(table[field] for field in fields))
		.orderby(table.creation, order=Order.desc)
		.limit(SIZE + 1)
		.offset((page - 1) * SIZE)
		.run(as_dict=True)
	)
	return {"rows": rows[:SIZE], "more": len(rows) > SIZE}


def like_any(words: str, *fields: Field) -> Criterion | None:
	"""Return the condition that one of the fields contains what was typed; None if nothing was."""
	if not words:
		return None
	pattern = f"%{words}%"
	return Criterion.any([field.like(pattern) for field in fields])


def find(scope: Scope, doctype: str, unfinished: str, name: str, for_update: bool = False) -> Document:
	"""Return a document that the user may see.

	:param for_update: lock it until the end of the request.
	:raises NotFound: there is none; whether somebody else has it, nobody learns.
	"""
	row = frappe.db.get_value(doctype, name, ["name", "dealer", "stage", "owner"], as_dict=True)
	if not row or not sees(scope, row, unfinished):
		raise NotFound
	doc = frappe.get_doc(doctype, row.name, for_update=for_update)
	if not sees(scope, doc, unfinished):
		raise NotFound
	return doc


def tell_staff(doc: Document, roles: tuple[str, ...], subject: str) -> None:
	"""Notify those who work on such documents; without any, those who lead the service.

	:param roles: of the people to tell.
	:param subject: translated, with places for the dealer's name and the record number.
	"""
	people = frappe.get_all(
		"Has Role",
		{"role": ("in", roles), "parenttype": "User"},
		pluck="parent",
		distinct=True,
		limit=20,
		order_by=None,
	)
	users = enabled_staff(people) or enabled_staff(leaders())
	if not users:
		return
	name = frappe.bold(escape_html(get_fullname(frappe.session.user)))
	enqueue_create_notification(
		users,
		{
			"type": "Alert",
			"document_type": doc.doctype,
			"document_name": doc.name,
			"subject": subject.format(name, frappe.bold(doc.name)),
			"from_user": frappe.session.user,
			"email_content": None,
		},
	)
