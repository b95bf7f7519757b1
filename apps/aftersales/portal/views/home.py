"""The first page: search, what one is waiting for, what others ask."""

from frappe import _

from aftersales.portal import faqs, tickets
from aftersales.portal.pages import Asked, Page
from aftersales.portal.wording import done_message

ROWS = 5


def show(asked: Asked) -> Page:
	"""Return the first page, for visitors as for customers and dealers."""
	context = {
		"popular": faqs.popular(asked.scope, ROWS),
		"categories": faqs.top_categories(asked.scope),
		"done": done_message(asked.text("done")),
	}
	if not asked.scope.is_guest:
		context["tickets"] = tickets.page_of(asked.scope, state="open", size=ROWS)["rows"]
	return Page("home", _("Customer Service Portal"), context, indexed=True)
