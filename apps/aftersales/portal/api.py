"""What the portal's JavaScript asks; every page works without it."""

import frappe
from frappe import _

from aftersales.knowledge import readers
from aftersales.portal import limits
from aftersales.portal.scope import is_portal_user, scope_of

MOST = 5
LONGEST = 200


@frappe.whitelist(allow_guest=True, methods=["GET"])
def suggest_answers(text: str) -> list[dict]:
	"""Return published answers that fit what is being typed, for the caller's audiences (S2.13).

	:param text: what was typed so far; at most 200 characters count.
	:returns: `name`, `question` and `question_html` (safe) of at most five.
	:raises TooManyPortalRequestsError: asked too often.
	"""
	# Everybody may ask; the audiences limit what is answered.
	frappe.only_for(("Guest", "All"))
	limits.count("search")
	scope = scope_of()
	return readers.suggest(str(text)[:LONGEST], scope.audiences, language=frappe.local.lang, limit=MOST)


@frappe.whitelist(methods=["GET"])
def suggest_products(text: str) -> list[dict]:
	"""Return products of the catalogue whose code, model or name begins with what is being typed.

	:param text: at least two characters.
	:returns: `code`, `name` and `model` of at most ten; nothing for visitors.
	:raises frappe.PermissionError: the caller is neither a portal user nor may they read products.
	:raises TooManyPortalRequestsError: asked too often.
	"""
	if not (is_portal_user() or frappe.has_permission("Product", "read")):
		frappe.throw(_("You have no permission for this {0}.").format(_("Product")), frappe.PermissionError)
	limits.count("search")
	text = str(text).strip()[:LONGEST]
	if len(text) < 2:
		return []
	product = frappe.qb.DocType("Product")
	start = f"{escape_like(text)}%"
	rows = (
		frappe.qb.from_(product)
		.select(product.name.as_("code"), product.product_name.as_("name"), product.model)
		.where(product.disabled == 0)
		.where(product.name.like(start) | product.model.like(start) | product.product_name.like(f"%{start}"))
		.orderby(product.product_name)
		.limit(2 * MOST)
	)
	return rows.run(as_dict=True)


def escape_like(text: str) -> str:
	"""Return a text in which the signs of LIKE mean themselves."""
	return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
