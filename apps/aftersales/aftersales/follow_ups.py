"""Follow-ups for other parts of the app: plan one, share them out, what is due, what a settlement may rely on."""

import heapq
import json

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.query_builder.functions import Count
from frappe.utils import add_days, getdate, now_datetime, nowdate

from aftersales.aftersales.doctype.follow_up.follow_up import next_state
from aftersales.field_service.steps import first_state_of
from aftersales.utils.access import check_permission

DOCTYPE = "Follow-up"
DUE_ROWS = 200
DUE_FIELDS = [
	"name",
	"customer",
	"customer_name",
	"phone",
	"reason",
	"due_date",
	"status",
	"source_doctype",
	"source_name",
]


class AssignmentError(frappe.ValidationError):
	"""Follow-ups cannot be shared out as asked."""


class AttemptError(frappe.ValidationError):
	"""A day that makes no sense, or a follow-up that is over."""


def plan_follow_up(
	customer: str | None,
	source_doctype: str | None,
	source_name: str | None,
	due_date,
	reason: str,
	user: str | None = None,
	**values,
) -> str:
	"""Make a follow-up (S2.25), with the rights of the app, not of the user.

	:param customer: Service Customer; None when only a name and a telephone number are known (`customer_name`, `phone`).
	:param source_doctype: kind of the slip that is followed up.
	:param source_name: its name.
	:param due_date: day of the call.
	:param reason: what it is about.
	:param user: who calls; the session's user when not given.
	:param values: any other field. With `unique_key`, a second call with the same key makes nothing.
	:returns: name of the follow-up, the one that is there already if the key was used before.
	"""
	key = values.get("unique_key")
	if key and (there := frappe.db.get_value(DOCTYPE, {"unique_key": key})):
		return there
	doc = frappe.new_doc(DOCTYPE)
	doc.update(
		{
			"customer": customer,
			"source_doctype": source_doctype,
			"source_name": source_name,
			"due_date": getdate(due_date),
			"reason": reason,
			"planned_for": user or doc.planned_for,
			**values,
		}
	)
	frappe.db.savepoint("plan_follow_up")
	try:
		doc.insert(ignore_permissions=True)
	except (frappe.UniqueValidationError, frappe.DuplicateEntryError):
		frappe.db.rollback(save_point="plan_follow_up")
		frappe.clear_last_message()
		# A plain read would still see the data as they were when this transaction began.
		there = key and frappe.db.get_value(DOCTYPE, {"unique_key": key}, for_update=True)
		if not there:
			raise
		return there
	return doc.name


@frappe.whitelist(methods=["POST"])
def assign(names: list | str, users: list | str) -> dict:
	"""Share open follow-ups out so that in the end everybody has as equally many open ones as possible (S2.44).

	:param names: follow-ups, in the order in which they are given away.
	:param users: who gets them.
	:returns: {user: how many of them the user got}.
	:raises frappe.PermissionError: the session's user may not write one of them.
	:raises AssignmentError: no users, a disabled one, or one who may not write follow-ups.
	"""
	names, users = _list(names), list(dict.fromkeys(_list(users)))
	check_permission(DOCTYPE, "write")
	check_users(users)
	docs = [frappe.get_doc(DOCTYPE, name, for_update=True) for name in dict.fromkeys(names)]
	for doc in docs:
		doc.check_permission("write")
	given = dict.fromkeys(users, 0)
	takers = ByLoad(users, leave_out=[doc.name for doc in docs])
	for doc in docs:
		if doc.stage != "Open":
			continue
		user = takers.next()
		given[user] += 1
		if doc.planned_for != user:
			doc.planned_for = user
			doc.save()
	return given


def check_users(users: list[str]) -> None:
	"""Refuse users who cannot work on follow-ups.

	:raises AssignmentError: says who and why.
	"""
	if not users:
		frappe.throw(_("Choose at least one user."), AssignmentError)
	enabled = set(frappe.get_all("User", {"name": ("in", users), "enabled": 1}, pluck="name"))
	for user in users:
		if user not in enabled or not frappe.has_permission(DOCTYPE, "write", user=user):
			frappe.throw(
				_("{0} is disabled or may not handle follow-ups. Choose somebody else.").format(
					frappe.bold(user)
				),
				AssignmentError,
			)


class ByLoad:
	"""Gives each next follow-up to who has the fewest open ones; who stands first in the list wins a tie."""

	def __init__(self, users: list[str], leave_out: list[str] = ()):
		table = frappe.qb.DocType(DOCTYPE)
		query = (
			frappe.qb.from_(table)
			.select(table.planned_for, Count(table.name))
			.where((table.stage == "Open") & table.planned_for.isin(users))
			.groupby(table.planned_for)
		)
		if leave_out:
			query = query.where(table.name.notin(leave_out))
		load = dict(query.run())
		self.heap = [(load.get(user, 0), place, user) for place, user in enumerate(users)]
		heapq.heapify(self.heap)

	def next(self) -> str:
		"""Return who gets the next one."""
		number, place, user = self.heap[0]
		heapq.heapreplace(self.heap, (number + 1, place, user))
		return user


def due_for(user: str, days: int = 0, limit: int = DUE_ROWS) -> list[dict]:
	"""Return the open follow-ups of a user that are due within some days or overdue, the longest due first (S7.24, S7.43).

	One statement over the index on user, stage and due date, with the permissions of the session's user.

	:param user: for whom they are planned.
	:param days: how many days ahead, 0 for today.
	:param limit: how many rows at most.
	"""
	if not frappe.has_permission(DOCTYPE, "read"):
		return []
	return frappe.get_list(
		DOCTYPE,
		filters={"planned_for": user, "stage": "Open", "due_date": ("<=", add_days(nowdate(), days))},
		fields=DUE_FIELDS,
		order_by="due_date asc",
		limit=limit,
		ignore_ifnull=True,
	)


def certification(source_doctype: str, source_name: str) -> dict | None:
	"""Return what the latest follow-up says of a slip, for its settlement (S2.42, E22).

	:returns: `follow_up`, `customer_real` (True, False or None: not asked), `satisfied` (as on the follow-up or None),
	    `certified` (the customer is real and not dissatisfied), `score`, `followed_up_on`, `followed_up_by`;
	    None when the slip was not followed up.
	"""
	rows = frappe.get_all(
		DOCTYPE,
		filters={
			"source_doctype": source_doctype,
			"source_name": source_name,
			"stage": ("in", ["Done", "Awaiting Feedback"]),
		},
		fields=[
			"name as follow_up",
			"customer_real",
			"satisfied",
			"score",
			"followed_up_on",
			"followed_up_by",
		],
		order_by="followed_up_on desc",
		limit=1,
	)
	if not rows:
		return None
	row = rows[0]
	row.customer_real = {"Yes": True, "No": False}.get(row.customer_real)
	row.satisfied = row.satisfied or None
	row.certified = row.customer_real is True and row.satisfied in ("Very Satisfied", "Satisfied", "Neutral")
	return row


@frappe.whitelist(methods=["POST"])
def not_reached(follow_up: str, next_date: str, note: str | None = None) -> dict:
	"""Note an attempt that reached nobody, and when to call again.

	:param follow_up: name of the open follow-up.
	:param next_date: day of the next call, today or later.
	:param note: for example "number engaged".
	:returns: `attempts`, how many there are now, and `due_date`.
	:raises frappe.PermissionError: the user may not write it.
	:raises AttemptError: the follow-up is over, or the day is past.
	"""
	doc = _open_follow_up(follow_up)
	if not next_date or getdate(next_date) < getdate():
		frappe.throw(_("Choose today or a later day for the next call."), AttemptError)
	doc.append(
		"attempts",
		{"attempted_on": now_datetime(), "user": frappe.session.user, "next_date": next_date, "note": note},
	)
	doc.due_date = next_date
	_take_state(doc, "Open")
	doc.save()
	return {"attempts": len(doc.attempts), "due_date": doc.due_date}


@frappe.whitelist(methods=["POST"])
def cancel(follow_up: str, reason: str) -> None:
	"""Give a follow-up up, with the reason.

	:param follow_up: name of the open follow-up.
	:param reason: why nobody will call.
	:raises frappe.PermissionError: the user may not.
	:raises CancelReasonError: the reason is empty.
	:raises AttemptError: the follow-up is over.
	"""
	doc = _open_follow_up(follow_up)
	doc.cancel_reason = (reason or "").strip()
	_take_state(doc, "Cancelled")
	doc.save()


def give_up_of(source_doctype: str, source_name: str, reason: str) -> None:
	"""Cancel the open follow-ups of a slip that was taken back, whoever took it back.

	:param source_doctype: kind of the slip.
	:param source_name: its name.
	:param reason: why nobody will call.
	"""
	names = frappe.get_all(
		DOCTYPE, {"source_doctype": source_doctype, "source_name": source_name, "stage": "Open"}, pluck="name"
	)
	for name in names:
		doc = frappe.get_doc(DOCTYPE, name, for_update=True)
		state = first_state_of(DOCTYPE, "Cancelled") or doc.status
		doc.db_set({"status": state, "stage": "Cancelled", "cancel_reason": reason}, notify=True)
		doc.add_comment("Workflow", _(state))


def _open_follow_up(name: str) -> Document:
	doc = frappe.get_doc(DOCTYPE, name, for_update=True)
	doc.check_permission("write")
	if doc.stage != "Open":
		frappe.throw(_("{0} is over: {1}.").format(frappe.bold(name), _(doc.status)), AttemptError)
	return doc


def _take_state(doc: Document, stage: str) -> None:
	"""Go where the workflow leads for a stage; for a further call it may well stay where it is."""
	state = next_state(doc, stage) if stage != "Open" else next_planned_state(doc)
	if state:
		doc.status = state
	elif stage != "Open":
		frappe.throw(
			_("Your roles allow no step from {0} to {1}.").format(_(doc.status), _(stage)),
			frappe.PermissionError,
		)


def next_planned_state(doc: Document) -> str | None:
	"""Return the first state of the workflow if an action leads back to it."""
	from frappe.model.workflow import get_transitions, get_workflow, get_workflow_name

	if not get_workflow_name(DOCTYPE):
		return None
	workflow = get_workflow(DOCTYPE)
	first = workflow.states[0].state
	return first if any(row.next_state == first for row in get_transitions(doc, workflow)) else None


def _list(value: list | str) -> list[str]:
	return json.loads(value) if isinstance(value, str) else list(value)
