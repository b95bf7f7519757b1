"""A dealer's applications for refurbishing: list, a new one, and how one stands (S12.12)."""

from urllib.parse import quote

import frappe
from frappe import _

from aftersales.portal import dealers, limits, refurbishing
from aftersales.portal.pages import Asked, Page, Redirect
from aftersales.portal.views.appointments import problem_of
from aftersales.portal.wording import done_message

ROOT = "/service/refurbishing"
FIELDS = (*refurbishing.LONGEST, "dealer")


def listing(asked: Asked) -> Page:
	"""Return a page of the dealer's applications."""
	dealers.need_dealer(asked.scope)
	page, words = asked.number("page"), asked.text("q", 140)
	context = {
		**refurbishing.page_of(asked.scope, page, words),
		"page": page,
		"q": words,
		"done": done_message(asked.text("done")),
	}
	return Page("refurbishing", _("Refurbishing"), context)


def new(asked: Asked) -> Page | Redirect:
	"""Return the form for an application; or hand it in. What was typed stays when something is wrong."""
	dealers.need_dealer(asked.scope)
	values = {field: asked.text(field, 1000) for field in FIELDS}
	problem = ""
	if asked.is_post:
		limits.count("refurbishing")
		try:
			application = refurbishing.apply(asked.scope, values)
			return Redirect(f"{ROOT}/{quote(application.name)}?done=applied")
		except frappe.ValidationError as error:
			problem = problem_of(error)
	context = {"values": values, "problem": problem, "dealers": dealers.dealers_to_choose(asked.scope)}
	return Page("refurbishing_new", _("Apply for Refurbishing"), context, 417 if problem else 200)


def detail(asked: Asked) -> Page:
	"""Return one application with its state, decision and result."""
	doc = refurbishing.find(asked.scope, asked.named["name"])
	context = {"doc": doc, "done": done_message(asked.text("done"))}
	return Page("refurbishing_one", doc.product_name or doc.serial_no, context)
