"""Own tickets: list, new, one with its progress and messages, files (S2.13, S4.03, S4.04)."""

from urllib.parse import quote

import frappe
from frappe import _

from aftersales.portal import conversation, limits, pages, products, progress, tickets
from aftersales.portal.pages import Asked, Download, NotFound, Page, Redirect
from aftersales.portal.uploads import ACCEPT, content_type, read_uploads
from aftersales.portal.wording import done_message, record_type_words, satisfaction_words

FIELDS = ("record_type", "subject", "product", "lot_no", "phone", "customer", "device")


def listing(asked: Asked) -> Page:
	"""Return a page of the tickets that the user may see."""
	state = asked.text("state", 10) or "open"
	page = asked.number("page")
	customer, words = asked.text("customer", 140), asked.text("q", 140)
	found = tickets.page_of(asked.scope, state, page, customer=customer, words=words)
	context = {
		**found,
		"page": page,
		"state": state,
		"q": words,
		"customer": customer,
		"counts": tickets.counts(asked.scope),
		"of_many": bool(asked.scope.companies or asked.scope.dealers),
		"done": done_message(asked.text("done")),
	}
	return Page("tickets", _("My Tickets"), context)


def new(asked: Asked) -> Page | Redirect:
	"""Return the form for a new ticket; or open it. What was typed stays when something is wrong."""
	values = {field: asked.text(field, 1000) for field in FIELDS}
	values["details"] = asked.text("details", conversation.LONGEST)
	unit = products.unit_for(asked.scope, values["device"])
	problem = ""
	if asked.is_post:
		limits.count("ticket")
		try:
			ticket = tickets.open_ticket(asked.scope, values, read_uploads(), unit and unit.device)
			return Redirect(f"/service/tickets/{quote(ticket.name)}?done=sent")
		except frappe.ValidationError as error:
			if isinstance(error, limits.TooManyPortalRequestsError):
				raise
			pages.take_back()
			problem = frappe.utils.strip_html(str(error))
	settings = frappe.get_cached_doc("Service Portal Settings")
	words = record_type_words()
	context = {
		"values": values,
		"problem": problem,
		"unit": unit,
		"types": [(name, words.get(name) or _(name)) for name in settings.types()],
		"customers": tickets.customers_to_choose(asked.scope),
		"chosen_customer": chosen_name(asked),
		"accept": ACCEPT,
		"had_files": asked.is_post,
	}
	return Page("ticket_new", _("New Ticket"), context, 417 if problem else 200)


def chosen_name(asked: Asked) -> str:
	"""Return the name of the customer whom a dealer chose, empty if they may not see it."""
	wanted = asked.text("customer", 140)
	row = wanted and frappe.db.get_value(
		"Service Customer", wanted, ["name", "customer_name", "dealer"], as_dict=True
	)
	return row.customer_name if row and asked.scope.sees_customer(row) else ""


def detail(asked: Asked) -> Page | Redirect:
	"""Return one ticket; or do with it what the form says."""
	problem = ""
	if asked.is_post:
		try:
			return act(asked)
		except frappe.ValidationError as error:
			if isinstance(error, limits.TooManyPortalRequestsError):
				raise
			pages.take_back()
			problem = frappe.utils.strip_html(str(error))
	ticket = tickets.find(asked.scope, asked.named["name"])
	files = conversation.ticket_files(ticket)
	context = {
		"ticket": ticket,
		"subject": tickets.subject_of(ticket.question) or ticket.name,
		"steps": progress.progress(ticket),
		"words": progress.words_of(ticket.status, ticket.completed),
		"messages": conversation.messages(ticket),
		"files": files,
		"may_confirm": progress.may_confirm(ticket),
		"may_reopen": progress.may_reopen(ticket),
		"may_rate": tickets.may_rate(ticket),
		"may_write": not ticket.completed,
		"closed": progress.step_of(ticket.status, ticket.completed) == "Closed",
		"satisfaction": satisfaction_words(),
		"type_words": record_type_words(),
		"accept": ACCEPT,
		"typed": asked.text("text", conversation.LONGEST) if problem else "",
		"action": asked.text("action", 20) if problem else "",
		"problem": problem,
		"done": done_message(asked.text("done")),
	}
	return Page("ticket", context["subject"], context, 417 if problem else 200)


def act(asked: Asked) -> Redirect:
	"""Do what a form on the ticket's page says; the ticket is locked meanwhile.

	:raises frappe.ValidationError: it cannot be done; the text says why.
	"""
	limits.count("reply")
	ticket = tickets.find(asked.scope, asked.named["name"], for_update=True)
	text = asked.text("text", conversation.LONGEST + 1)
	match asked.text("action", 20):
		case "reply":
			tickets.reply(ticket, text, read_uploads())
			done = "reply"
		case "confirm":
			tickets.confirm(ticket)
			done = "confirmed"
		case "reopen":
			tickets.reopen(ticket, text)
			done = "reopened"
		case "rate":
			tickets.rate(ticket, asked.text("satisfaction", 40), text)
			done = "rated"
		case _:
			raise NotFound
	return Redirect(f"/service/tickets/{quote(ticket.name)}?done={done}")


def file(asked: Asked) -> Download:
	"""Return a file of a ticket, if the customer may have it."""
	ticket = tickets.find(asked.scope, asked.named["name"])
	found = conversation.find_file(ticket, asked.named["file"])
	if not found:
		raise NotFound
	kind, shown = content_type(found.file_name)
	content = found.get_content()
	return Download(content if isinstance(content, bytes) else content.encode(), found.file_name, kind, shown)
