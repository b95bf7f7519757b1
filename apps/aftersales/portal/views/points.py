"""Points: the account, what it came from, rewards and asking for one (S7.39)."""

from urllib.parse import quote

import frappe
from frappe import _

from aftersales.portal import limits, pages, points
from aftersales.portal.pages import Asked, Download, NotFound, Page, Redirect
from aftersales.portal.uploads import content_type
from aftersales.portal.wording import done_message, points_kinds, redemption_states


def show(asked: Asked) -> Page | Redirect:
	"""Return a customer's account; or redeem points, and say what is wrong if that cannot be."""
	customer = points.customer_of(asked.scope, asked.text("customer", 140))
	problem = ""
	if asked.is_post:
		limits.count("redeem")
		try:
			points.ask_for(customer.name, asked.text("reward", 140))
			return Redirect(f"/service/points?customer={quote(customer.name)}&done=redeemed")
		except frappe.ValidationError as error:
			pages.take_back()
			problem = frappe.utils.strip_html(str(error))
	page = asked.number("page")
	context = {
		**points.account(customer.name, page),
		"customer": customer,
		"customers": points.customers(asked.scope),
		"missing": points.missing,
		"soon_days": points.SOON_DAYS,
		"kinds": points_kinds(),
		"states": redemption_states(),
		"page": page,
		"problem": problem,
		"done": done_message(asked.text("done")),
	}
	return Page("points", _("My Points"), context, 417 if problem else 200)


def picture(asked: Asked) -> Download:
	"""Return the picture of a reward."""
	points.customer_of(asked.scope, "")
	found = points.picture_of(asked.named["name"])
	if not found:
		raise NotFound
	kind, shown = content_type(found.file_name)
	content = found.get_content()
	return Download(content if isinstance(content, bytes) else content.encode(), found.file_name, kind, shown)
