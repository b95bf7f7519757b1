"""Tickets as customers see them: the list, a new one, what they do with one of theirs."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.query_builder import Order
from frappe.query_builder.functions import Count

from aftersales.portal import TICKET, progress
from aftersales.portal.conversation import check_text, tell_staff, write
from aftersales.portal.pages import NotFound
from aftersales.portal.scope import CUSTOMER, Scope
from aftersales.portal.uploads import Upload, store

SIZE = 20
LONGEST_SUBJECT = 140
LONGEST_NUMBER = 60
STATES = {"open": 0, "solved": 1}
SATISFACTION = ("Very Satisfied", "Satisfied", "Neutral", "Dissatisfied", "Very Dissatisfied")
LOW = SATISFACTION[3:]


class NewTicketError(frappe.ValidationError):
	"""Something that a new ticket needs is missing or wrong."""


def page_of(
	scope: Scope,
	state: str = "",
	page: int = 1,
	size: int = SIZE,
	customer: str = "",
	words: str = "",
	device: str = "",
) -> dict:
	"""Return a page of the tickets that a user may see, those with the latest change first.

	:param state: "open", "solved" or "" for all.
	:param page: from 1.
	:param customer: only this customer's; of whom the user sees nothing gives nothing.
	:param words: in the number, the question or the product.
	:param device: only tickets about this one.
	:returns: `rows`, and `more`: whether there is another page. Three statements at most.
	"""
	condition = scope.ticket_condition()
	if condition is None:
		return {"rows": [], "more": False}
	ticket = frappe.qb.DocType(TICKET)
	query = frappe.qb.from_(ticket).where(condition)
	if state in STATES:
		query = query.where(ticket.completed == STATES[state])
	if customer:
		query = query.where(ticket.customer == customer)
	if device:
		query = query.where(ticket.device == device)
	if words:
		pattern = f"%{words}%"
		query = query.where(
			ticket.name.like(pattern) | ticket.question.like(pattern) | ticket.product_name.like(pattern)
		)
	rows = (
		query.select(
			ticket.name,
			ticket.question,
			ticket.product_name,
			ticket.customer_name,
			ticket.status,
			ticket.completed,
			ticket.creation,
			ticket.modified,
			ticket.owner,
		)
		.orderby(ticket.modified, order=Order.desc)
		.limit(size + 1)
		.offset((page - 1) * size)
		.run(as_dict=True)
	)
	rows, more = rows[:size], len(rows) > size
	for row in rows:
		row.subject = subject_of(row.question) or row.name
		row.step = progress.step_of(row.status, row.completed)
		row.words = progress.words_of(row.status, row.completed)
	return {"rows": rows, "more": more}


def counts(scope: Scope) -> dict[str, int]:
	"""Return how many tickets of the user are open and how many are solved, in one statement."""
	condition = scope.ticket_condition()
	if condition is None:
		return {"open": 0, "solved": 0}
	ticket = frappe.qb.DocType(TICKET)
	rows = (
		frappe.qb.from_(ticket)
		.where(condition)
		.select(ticket.completed, Count("*"))
		.groupby(ticket.completed)
		.run()
	)
	found = {int(completed or 0): number for completed, number in rows}
	return {"open": found.get(0, 0), "solved": found.get(1, 0)}


def subject_of(question: str | None) -> str:
	"""Return the first line of a question, shortened."""
	line = next((line.strip() for line in (question or "").splitlines() if line.strip()), "")
	return line if len(line) <= 120 else f"{line[:119]}…"


def find(scope: Scope, name: str, for_update: bool = False) -> Document:
	"""Return a ticket that the user may see.

	:param for_update: lock it until the end of the request.
	:raises NotFound: there is none; whether somebody else has it, nobody learns.
	"""
	row = frappe.db.get_value(TICKET, name, ["name", "owner", "customer", "email", "dealer"], as_dict=True)
	if not row or not scope.sees_ticket(row):
		raise NotFound
	ticket = frappe.get_doc(TICKET, row.name, for_update=for_update)
	if not scope.sees_ticket(ticket):
		raise NotFound
	return ticket


def customers_to_choose(scope: Scope) -> list[dict]:
	"""Return the customers for whom a user may open a ticket, when there is a choice; dealers choose from their list."""
	names = [*scope.customers, *scope.members]
	if not names:
		return []
	return frappe.get_all(
		CUSTOMER,
		filters={"name": ("in", names), "disabled": 0},
		fields=["name", "customer_name"],
		order_by="customer_name",
		limit=200,
	)


def customer_for(scope: Scope, wanted: str) -> str | None:
	"""Return the customer of a new ticket: the chosen one if the user may see it, else the user's only or first one.

	:raises NewTicketError: the chosen one is not the user's.
	"""
	if not wanted:
		return scope.customers[0] if scope.customers else None
	row = frappe.db.get_value(CUSTOMER, wanted, ["name", "dealer", "disabled"], as_dict=True)
	if not row or row.disabled or not scope.sees_customer(row):
		frappe.throw(_("Choose one of the customers offered."), NewTicketError)
	return row.name


def open_ticket(
	scope: Scope, values: dict[str, str], uploads: list[Upload], device: str | None = None
) -> Document:
	"""Make a ticket as the signed-in user (S2.13).

	:param values: `record_type`, `subject`, `details`, `product`, `lot_no`, `phone`, `customer` as typed.
	:param uploads: checked files; pictures become the ticket's, others are attached.
	:param device: Customer Device that it is about; the caller checked that the user sees it or has its label.
	:raises NewTicketError: something is missing or wrong.
	"""
	record_type = values.get("record_type")
	if record_type not in frappe.get_cached_doc("Service Portal Settings").types():
		frappe.throw(_("Say what it is about."), NewTicketError)
	subject = " ".join((values.get("subject") or "").split())
	if not subject:
		frappe.throw(_("Say in one sentence what it is about."), NewTicketError)
	details = values.get("details") or ""
	question = check_text(f"{subject[:LONGEST_SUBJECT]}\n\n{details}" if details.strip() else subject)
	customer = customer_for(scope, values.get("customer") or "")
	ticket = frappe.get_doc(
		{
			"doctype": TICKET,
			"record_type": record_type,
			"channel": "Web",
			"customer": customer,
			"question": question,
			"lot_no": (values.get("lot_no") or "")[:LONGEST_NUMBER],
			# Not the customer, who makes it: a group chooses, or a dispatcher.
			"person_in_charge": "",
			"contact_phone": (values.get("phone") or "")[:LONGEST_NUMBER] or None,
			"device": device,
			**product_values(values.get("product") or ""),
			**dealer_of(scope, customer),
		}
	)
	if scope.user != "Administrator" and (not customer or not scope.dealers):
		ticket.email = scope.user
	if not customer:
		ticket.customer_name = frappe.utils.get_fullname(scope.user)
	insert(ticket, uploads)
	tell_staff(ticket, _("{0} opened ticket {1} in the customer portal"))
	return ticket


def insert(ticket: Document, uploads: list[Upload]) -> None:
	"""Insert a ticket with its files."""
	pictures = [upload for upload in uploads if upload.is_picture]
	for upload in pictures:
		ticket.append("pictures", {"image": store(upload).file_url})
	ticket.flags.ignore_permissions = True
	ticket.flags.from_portal = True
	ticket.insert(ignore_permissions=True)
	for upload in uploads:
		if not upload.is_picture:
			store(upload, TICKET, ticket.name)


def product_values(typed: str) -> dict[str, str]:
	"""Return the product's fields: a product of the list if code, model or name fit exactly one, else what was typed."""
	typed = " ".join(typed.split())[:140]
	if not typed:
		return {}
	for field in ("name", "model", "product_name"):
		names = frappe.get_all("Product", {field: typed, "disabled": 0}, pluck="name", limit=2)
		if len(names) == 1:
			return {"product": names[0]}
	return {"product_name": typed}


def dealer_of(scope: Scope, customer: str | None) -> dict[str, str]:
	"""Return the dealer of a ticket that a dealer opens without a customer of theirs."""
	return {"dealer": scope.dealers[0]} if scope.dealers and not customer else {}


def reply(ticket: Document, text: str, uploads: list[Upload]) -> None:
	"""File a customer's message; a ticket that waits for the customer goes on.

	:raises EmptyMessageError: there is no text.
	:raises NotPossibleNowError: the ticket is solved; it can be opened again, or there is a new one.
	"""
	if ticket.completed:
		frappe.throw(
			_("That is not possible any more. Please load the page again."), progress.NotPossibleNowError
		)
	write(ticket, check_text(text), uploads)
	waits = progress.step_of(ticket.status, ticket.completed) == progress.WAITING
	if waits and progress.transition_to(ticket, "In Progress"):
		progress.move(ticket, "In Progress")


def confirm(ticket: Document) -> None:
	"""The customer says that it is solved.

	:raises NotPossibleNowError: the workflow does not let customers do that now.
	"""
	progress.move(ticket, "Closed")
	tell_staff(ticket, _("{0} confirmed that ticket {1} is solved"))


def reopen(ticket: Document, text: str) -> None:
	"""The customer says that it is not solved, and what is still wrong.

	:raises EmptyMessageError: nothing is said.
	:raises NotPossibleNowError: the workflow does not let customers do that now.
	"""
	text = check_text(text)
	progress.move(ticket, "In Progress", "Received")
	write(ticket, text)


def rate(ticket: Document, satisfaction: str, text: str) -> None:
	"""Keep how satisfied the customer is (S4.04); a low rating is told to the person in charge at once.

	:raises NewTicketError: no answer was chosen.
	:raises NotPossibleNowError: the ticket is not solved, or audited already.
	"""
	if satisfaction not in SATISFACTION:
		frappe.throw(_("Choose how satisfied you are."), NewTicketError)
	if not may_rate(ticket):
		frappe.throw(
			_("That is not possible any more. Please load the page again."), progress.NotPossibleNowError
		)
	ticket.satisfaction = satisfaction
	progress.save(ticket)
	if text.strip():
		write(ticket, check_text(text))
	if satisfaction in LOW:
		tell_staff(ticket, _("{0} is dissatisfied with ticket {1}"))


def may_rate(ticket: Document) -> bool:
	"""Whether a customer may rate: it is solved and nobody has rated it or closed the books on it."""
	solved = progress.step_of(ticket.status, ticket.completed) in progress.DONE
	return solved and not ticket.satisfaction and ticket.status != "Audited"
