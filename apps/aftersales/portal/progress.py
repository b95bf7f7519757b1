"""A ticket's progress in customers' words, and what the customer may do with it."""

import json
from datetime import datetime

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.model.workflow import get_workflow_name, is_transition_condition_satisfied

from aftersales.portal import ROLE, TICKET

STEPS = ("Received", "In Progress", "Solved", "Closed")
WAITING = "Waiting for You"
DONE = ("Solved", "Closed")
MOST_CHANGES = 200


class NotPossibleNowError(frappe.ValidationError):
	"""The ticket is not in a state in which a customer may do this."""


def step_words() -> dict[str, str]:
	"""Return how each step is called, translated."""
	return {
		"Received": _("Received"),
		"In Progress": _("In Progress"),
		WAITING: _("Waiting for You"),
		"Solved": _("Solved"),
		"Closed": _("Closed"),
	}


def step_of(status: str | None, completed: int | None) -> str:
	"""Return the step of a status, see Service Portal Settings."""
	for row in frappe.get_cached_doc("Service Portal Settings").states:
		if row.state == status:
			return row.step
	return "Solved" if completed else "In Progress"


def words_of(status: str | None, completed: int | None) -> str:
	"""Return how customers are told a status: the settings' words for it, or the step's."""
	for row in frappe.get_cached_doc("Service Portal Settings").states:
		if row.state == status and row.words:
			return _(row.words)
	return step_words()[step_of(status, completed)]


def states_of(*steps: str) -> list[str]:
	"""Return the statuses that the settings put into some steps."""
	return [row.state for row in frappe.get_cached_doc("Service Portal Settings").states if row.step in steps]


def progress(ticket: Document) -> list[dict]:
	"""Return the steps of a ticket: `title`, `date` on which it was reached last (or None), `state` done/current/ahead."""
	now = step_of(ticket.status, ticket.completed)
	words = step_words()
	at = STEPS.index("In Progress" if now == WAITING else now)
	dates = step_dates(ticket)
	steps = []
	for index, step in enumerate(STEPS):
		state = "done" if index < at else "current" if index == at else "ahead"
		steps.append(
			{
				"step": step,
				"title": words_of(ticket.status, ticket.completed) if state == "current" else words[step],
				"date": dates.get(step) if state != "ahead" else None,
				"state": state,
			}
		)
	return steps


def step_dates(ticket: Document) -> dict[str, datetime]:
	"""Return when each step was reached last, from the ticket's change history."""
	dates = {"Received": ticket.creation}
	versions = frappe.get_all(
		"Version",
		filters={"ref_doctype": TICKET, "docname": ticket.name, "data": ("like", '%"status"%')},
		fields=["creation", "data"],
		order_by="creation asc",
		limit=MOST_CHANGES,
	)
	for version in versions:
		for field, _old, new in json.loads(version.data).get("changed") or ():
			if field == "status" and (step := step_of(new, 0)) in STEPS[1:]:
				dates[step] = version.creation
	if ticket.completion_date and "Solved" not in dates:
		dates["Solved"] = ticket.completion_date
	return dates


# What customers do


def transitions(ticket: Document) -> list:
	"""Return the workflow's transitions that its record opens to the portal's role, from the ticket's present state."""
	name = get_workflow_name(TICKET)
	if not name:
		return []
	workflow = frappe.get_cached_doc("Workflow", name)
	return [
		row
		for row in workflow.transitions
		if row.state == ticket.status
		and row.allowed == ROLE
		and is_transition_condition_satisfied(row, ticket)
	]


def transition_to(ticket: Document, *steps: str):
	"""Return the first transition open to customers that leads to one of the steps, or None."""
	for row in transitions(ticket):
		completed = row.next_state in states_of(*DONE)
		if step_of(row.next_state, completed) in steps:
			return row
	return None


def may_confirm(ticket: Document) -> bool:
	"""Whether the customer may say that it is solved."""
	return bool(transition_to(ticket, "Closed"))


def may_reopen(ticket: Document) -> bool:
	"""Whether the customer may say that it is not solved."""
	return step_of(ticket.status, ticket.completed) in DONE and bool(
		transition_to(ticket, "In Progress", "Received")
	)


def move(ticket: Document, *steps: str) -> None:
	"""Take a ticket to one of the steps, as the signed-in customer.

	:raises NotPossibleNowError: the workflow does not let customers do that now.
	"""
	row = transition_to(ticket, *steps)
	if not row:
		frappe.throw(_("That is not possible any more. Please load the page again."), NotPossibleNowError)
	ticket.status = row.next_state
	save(ticket)
	ticket.add_comment("Workflow", _(row.next_state))


def save(ticket: Document) -> None:
	"""Store what a customer did. The caller checked that the ticket is theirs."""
	ticket.flags.ignore_permissions = True
	ticket.flags.from_portal = True
	ticket.save(ignore_permissions=True)


def trust_stored(doc: Document, method: str | None = None) -> None:
	"""`before_validate` of Service Ticket: let Frappe's workflow look at the stored ticket for a customer's own action.

	It asks there whether the user may read the ticket in general, which no portal user may.
	"""
	before = doc.get_doc_before_save()
	if doc.flags.from_portal and before:
		before.flags.ignore_permissions = True
