"""Server side of the Service Console: my queue, the record at work, what is done to it (S1.01, S1.11, S1.16).

One request per action: each call that changes something answers with the record as it is afterwards. Everything is
read with the rights of the session's user.
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.model.workflow import (
	apply_workflow,
	get_transitions,
	get_workflow,
	get_workflow_name,
	has_approval_access,
)
from frappe.utils import cstr, getdate, now_datetime

from aftersales.aftersales import console_calls, follow_ups, tickets
from aftersales.aftersales.context import excerpt
from aftersales.aftersales.follow_up_effects import source_summary
from aftersales.utils.access import check_permission, is_permitted
from aftersales.utils.people import full_names
from aftersales.utils.workflow_state import indicator_of

PAGE = "service-console"
ROWS = 100  # of a tab; the list view has the rest
ENTRIES = 50  # of the handling log, the newest
URGENCY = {"Critical": 0, "High": 1}
ROW_FIELDS = [
	"name",
	"status",
	"urgency",
	"record_type",
	"customer_name",
	"organisation",
	"product_name",
	"question",
	"resolve_by",
	"creation",
]
TICKET_FIELDS = (
	"name",
	"status",
	"urgency",
	"record_type",
	"channel",
	"customer",
	"customer_name",
	"organisation",
	"contact_phone",
	"email",
	"product",
	"product_name",
	"product_category",
	"lot_no",
	"product_remarks",
	"question",
	"handling",
	"follow_up_confirmation",
	"person_in_charge",
	"person_in_charge_name",
	"resolve_by",
	"deadline_state",
	"completion_date",
	"service_call",
	"creation",
)
FOLLOW_UP_FIELDS = (
	"name",
	"status",
	"customer",
	"customer_name",
	"phone",
	"email",
	"reason",
	"due_date",
	"purpose",
	"mode",
	"planned_for",
)
CUSTOMER_FIELDS = [
	"name",
	"customer_name",
	"organisation",
	"phone",
	"email",
	"region",
	"dealer",
	"member_no",
	"vip_level",
	"gold_customer",
	"black_listed",
	"black_list_reason",
	"individual_needs",
	"disabled",
	"modified",
]


def only_console_users() -> None:
	"""Let through who may open the page; an administrator changes that in Role Permission for Page and Report.

	:raises frappe.PermissionError: everybody else.
	"""
	if not frappe.get_cached_doc("Page", PAGE).is_permitted():
		frappe.throw(
			_("You have no access to the Service Console. Ask an administrator for the role {0}.").format(
				_("Service Agent")
			),
			frappe.PermissionError,
		)


@frappe.whitelist()
def get_queue() -> dict:
	"""Return what waits for the session's user.

	:returns: {"ringing", "waiting", "today"}, each {"rows": [...], "more": bool, "list": query of the list view}; a
	    row has `doctype` and `name`; "lines": on how many telephone lines the user is; "can_create_ticket".
	:raises frappe.PermissionError: for those who may not open the Service Console.
	"""
	only_console_users()
	unfinished = unfinished_states()
	calls = (
		console_calls.my_calls()
		if frappe.has_permission("Service Call", "read")
		else {"rows": [], "lines": 0}
	)
	return {
		"ringing": {"rows": calls["rows"], "more": False},
		"waiting": _my_tickets(unfinished, by_urgency),
		"today": _my_follow_ups(),
		"lines": calls["lines"],
		"can_create_ticket": bool(frappe.has_permission("Service Ticket", "create")),
	}


def unfinished_states() -> list[str]:
	"""Return the states of work, as the site's workflow has them: all that it does not mark as completed."""
	if not get_workflow_name("Service Ticket"):
		return []
	return [
		row.state
		for row in get_workflow("Service Ticket").states
		if (row.update_field, row.update_value) != ("completed", "1")
	]


def by_urgency(row: frappe._dict) -> tuple:
	"""Overdue, the longest first; then critical, high, then the oldest."""
	if row.resolve_by and row.resolve_by < now_datetime():
		return 0, row.resolve_by
	return 1, URGENCY.get(row.urgency, len(URGENCY)), row.creation


def _my_tickets(states: list[str], order) -> dict:
	"""Tickets of the session's user in some states: one read of the index on person in charge and status."""
	if not states or not frappe.has_permission("Service Ticket", "read"):
		return {"rows": [], "more": False}
	filters = {"person_in_charge": frappe.session.user, "status": ("in", states)}
	rows = frappe.get_list(
		"Service Ticket",
		filters=filters,
		fields=ROW_FIELDS,
		order_by="creation asc",
		limit=ROWS + 1,
	)
	return {
		"rows": [_ticket_row(row) for row in sorted(rows[:ROWS], key=order)],
		"more": len(rows) > ROWS,
	}


def _my_follow_ups() -> dict:
	"""Follow-ups of the session's user that are due today or overdue, the longest due first (S7.43)."""
	rows = follow_ups.due_for(frappe.session.user, 0, ROWS + 1)
	return {"rows": [_follow_up_row(row) for row in rows[:ROWS]], "more": len(rows) > ROWS}


def _follow_up_row(row: frappe._dict) -> dict:
	return {
		**row,
		"doctype": "Follow-up",
		"question": excerpt(row.reason),
		"since": row.due_date,
		"late": row.due_date < getdate(),
		"indicator": indicator_of(row.status),
	}


def _ticket_row(row: frappe._dict) -> dict:
	return {
		**row,
		"doctype": "Service Ticket",
		"question": excerpt(row.question),
		"since": row.creation,
		"indicator": indicator_of(row.status),
	}


@frappe.whitelist()
def get_record(doctype: str, name: str) -> dict:
	"""Return what the middle column shows of a record.

	:param doctype: Service Ticket, Service Call, Service Customer or Follow-up.
	:param name: name of the record.
	:raises frappe.PermissionError: the user may not read it, or may not open the Service Console.
	:raises frappe.DoesNotExistError: there is no such record.
	"""
	only_console_users()
	if doctype == "Service Ticket":
		check_permission(doctype, "read")
		return _ticket(_readable("Service Ticket", name))
	if doctype == "Service Call":
		return {"doctype": doctype, "name": name, **console_calls.get_call(name)}
	if doctype == "Follow-up":
		check_permission(doctype, "read")
		return _follow_up(_readable(doctype, name))
	if doctype == "Service Customer":
		customer = _customer_card(name)
		if not customer:
			_readable("Service Customer", name)
		return {"doctype": doctype, **customer}
	frappe.throw(
		_(
			"The Service Console shows tickets, calls, customers and follow-ups. Open {0} in its own form."
		).format(_(doctype))
	)


def _readable(doctype: str, name: str) -> Document:
	doc = frappe.get_doc(doctype, name)
	doc.check_permission("read")
	doc.apply_fieldlevel_read_permissions()
	return doc


def _ticket(doc: Document) -> dict:
	log = doc.handling_log[-ENTRIES:]
	names = full_names({row.user for row in log})
	return {
		"doctype": doc.doctype,
		**{field: doc.get(field) for field in TICKET_FIELDS},
		"modified": cstr(doc.modified),
		"indicator": indicator_of(doc.status),
		"customer_card": _customer_card(doc.customer) if doc.customer else None,
		"log": [
			{
				"entry_time": row.entry_time,
				"user_name": names.get(row.user, row.user),
				"entry": row.entry,
				"faq": row.faq,
			}
			for row in log
		],
		"log_earlier": len(doc.handling_log) - len(log),
		"actions": _actions(doc),
		"can_write": _can_write(doc),
	}


def _follow_up(doc: Document) -> dict:
	return {
		"doctype": doc.doctype,
		**{field: doc.get(field) for field in FOLLOW_UP_FIELDS},
		"indicator": indicator_of(doc.status),
		"attempt_count": len(doc.attempts),
		"source": source_summary(doc),
		"customer_card": _customer_card(doc.customer) if doc.customer else None,
	}


def _customer_card(name: str) -> dict | None:
	"""One customer as the user may see it, or None."""
	if not frappe.has_permission("Service Customer", "read"):
		return None
	found = frappe.get_list("Service Customer", filters={"name": name}, fields=CUSTOMER_FIELDS, limit=1)
	return found[0] if found else None


def _actions(doc: Document) -> list[dict]:
	"""Steps of the workflow that the user may take now, each once though several roles may allow it.

	`forward` says that the step leads to a state that stands later in the workflow: not back, as Reopen does.
	"""
	if not get_workflow_name(doc.doctype) or not doc.status:
		return []
	order = [row.state for row in get_workflow(doc.doctype).states]
	steps = {}
	for transition in get_transitions(doc):
		if has_approval_access(frappe.session.user, doc, transition):
			steps.setdefault(transition["action"], transition["next_state"])
	return [
		{"action": action, "next_state": state, "forward": order.index(state) > order.index(doc.status)}
		for action, state in steps.items()
	]


def _can_write(doc: Document) -> bool:
	"""Whether the user may write, and the workflow lets one of the user's roles edit in this state."""
	if not is_permitted(doc, "write"):
		return False
	if not get_workflow_name(doc.doctype):
		return True
	roles = frappe.get_roles()
	return any(row.allow_edit in roles for row in get_workflow(doc.doctype).states if row.state == doc.status)


@frappe.whitelist(methods=["POST"])
def apply_action(ticket: str, action: str) -> dict:
	"""Take a step of the ticket's workflow.

	:param ticket: record number.
	:param action: name of the Workflow Action.
	:returns: the record as `get_record` gives it.
	:raises frappe.PermissionError: the user may not write the ticket.
	:raises frappe.model.workflow.WorkflowTransitionError: the step is not open to the user in the ticket's present
	    state, for example because a colleague was faster.
	"""
	only_console_users()
	check_permission("Service Ticket", "write")
	# reads the ticket as it is now, checks that the user may read it, and saves it, which needs the right to write it
	doc = apply_workflow({"doctype": "Service Ticket", "name": ticket}, action)
	doc.apply_fieldlevel_read_permissions()
	return _ticket(doc)


@frappe.whitelist(methods=["POST"])
def add_entry(ticket: str, entry: str, faq: str | None = None) -> dict:
	"""Add an entry to the ticket's handling log; see `tickets.add_handling_entry`.

	:returns: the record as `get_record` gives it.
	:raises frappe.PermissionError: the user may not write the ticket.
	"""
	only_console_users()
	check_permission("Service Ticket", "write")
	tickets.add_handling_entry(ticket, entry, faq)
	return _ticket(_readable("Service Ticket", ticket))


@frappe.whitelist(methods=["POST"])
def return_call(call: str) -> dict:
	"""Say that I call back a missed caller; the call leaves the queues of all agents of its line.

	:param call: name of a Service Call on one of my lines.
	:returns: the record as `get_record` gives it.
	:raises frappe.PermissionError: the user may not write the call, or is no agent of its line.
	"""
	only_console_users()
	frappe.get_doc("Service Call", call).check_permission("write")
	console_calls.return_call(call, frappe.session.user)
	return get_record("Service Call", call)


def tell_people_in_charge(doc: Document, method: str | None = None) -> None:
	"""Let the consoles of those read their queue again whose ticket this is or was; nobody else hears of it.

	:param doc: the Service Ticket that was saved or is being deleted.
	:param method: name of the document event, unused.
	"""
	before = doc.get_doc_before_save()
	people = {doc.person_in_charge, before.person_in_charge if before else None} - {None, ""}
	for user in people:
		frappe.publish_realtime("aftersales_queue", {"ticket": doc.name}, user=user, after_commit=True)


def tell_who_follows_up(doc: Document, method: str | None = None) -> None:
	"""Let the consoles of those read their queue again for whom this follow-up is or was planned.

	:param doc: the Follow-up that was saved or is being deleted.
	:param method: name of the document event, unused.
	"""
	before = doc.get_doc_before_save()
	people = {doc.planned_for, before.planned_for if before else None} - {None, ""}
	for user in people:
		frappe.publish_realtime("aftersales_queue", {"follow_up": doc.name}, user=user, after_commit=True)
