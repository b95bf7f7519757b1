"""Plans at work: who belongs to a period, which of them are drawn, and the follow-ups that are made of them.

A draw is stored before anything is made of it, with all that was drawn. Its period is unique per plan and the plan is locked
meanwhile, so a second draw of the same period, at the same moment even, finds the first one. Each follow-up has a key of plan and document, so a draw that
was interrupted goes on where it stopped, and overlapping periods make nothing twice.
"""

import hashlib
import json
from datetime import date, timedelta

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.query_builder.functions import Max
from frappe.utils import add_days, cint, get_first_day, get_last_day, getdate

from aftersales.aftersales import follow_ups
from aftersales.utils import report
from aftersales.utils.access import check_permission
from aftersales.utils.sampling import draw

PLAN, DRAW = "Follow-up Plan", "Follow-up Draw"
BACKGROUND_FROM = 20  # follow-ups; fewer are made while the user waits
PREVIEW_ROWS = 50
CHUNK = 500


# -- whom


def candidates(plan: Document, start: date, end: date) -> list[frappe._dict]:
	"""Return the documents of a period that the plan is about, in the order of their names.

	One statement for the documents; one more for customers followed up since, where the plan asks for it.

	:param plan: Follow-up Plan.
	:param start: first day.
	:param end: last day.
	:returns: rows of `name`, `date`, `customer` and `person`.
	"""
	fields = ["name", f"`{plan.date_field}` as date", f"`{plan.customer_field}` as customer"]
	if plan.person_field:
		fields.append(f"`{plan.person_field}` as person")
	# Up to the day after, because a date field may hold a time of day.
	rows = frappe.get_all(
		plan.document_type,
		filters=[
			*plan.filters(),
			[plan.document_type, plan.date_field, ">=", start],
			[plan.document_type, plan.date_field, "<", add_days(end, 1)],
		],
		fields=fields,
		order_by="name asc",
		limit=0,
	)
	for row in rows:
		row.date = getdate(row.date)
	return never_followed_up(rows) if plan.only_never_followed_up else rows


def never_followed_up(rows: list[frappe._dict]) -> list[frappe._dict]:
	"""Return, of each customer who was not followed up on or after the document's date, the latest document (S7.24).

	A customer for whom a follow-up is still planned is left out too. Documents without a customer cannot be told.
	"""
	latest = {}
	for row in sorted(rows, key=lambda row: (row.date, row.name)):
		if row.customer:
			latest[row.customer] = row
	since, planned = followed_up_since(list(latest))
	kept = {
		row.name
		for customer, row in latest.items()
		if customer not in planned and not (since.get(customer) and since[customer] >= row.date)
	}
	return [row for row in rows if row.name in kept]


def followed_up_since(customers: list[str]) -> tuple[dict[str, date], set[str]]:
	"""Return the day of each customer's latest follow-up, and the customers for whom one is planned."""
	table = frappe.qb.DocType("Follow-up")
	days, planned = {}, set()
	for part in chunks(customers):
		query = frappe.qb.from_(table).where(table.customer.isin(part))
		done = query.where(table.followed_up_on.isnotnull()).groupby(table.customer)
		days.update(
			{name: getdate(at) for name, at in done.select(table.customer, Max(table.followed_up_on)).run()}
		)
		planned.update(
			name for (name,) in query.where(table.stage == "Open").select(table.customer).distinct().run()
		)
	return days, planned


def chunks(values: list, size: int = CHUNK):
	"""Yield a list in parts, so that no statement grows without bounds."""
	for at in range(0, len(values), size):
		yield values[at : at + size]


def sample(plan: Document, rows: list[frappe._dict], start: date, end: date) -> list[frappe._dict]:
	"""Return the rows that the plan's sampling draws for a period; the same ones each time."""
	by_name = {row.name: row for row in rows}
	persons = {name: row.get("person") for name, row in by_name.items()}
	drawn = draw(list(by_name), plan.sampling_method, plan.sampling_size, seed_of(plan, start, end), persons)
	return [by_name[name] for name in drawn]


def seed_of(plan: Document, start: date, end: date) -> str:
	"""Return the seed of a period: the plan's, and the days, so that each week draws others."""
	return f"{plan.seed or ''} {start}/{end}"


# -- when


def periods_to_draw(plan: Document, today: date) -> list[tuple[date, date]]:
	"""Return the periods that are over and not drawn, oldest first; days that were missed are one period.

	Daily: all days up to yesterday. Weekly: Monday to Sunday. Monthly: the first to the last. The first period begins with
	the plan's start date.
	"""
	first = (
		max(getdate(plan.start_date), add_days(getdate(plan.last_day), 1))
		if plan.last_day
		else getdate(plan.start_date)
	)
	yesterday = getdate(add_days(today, -1))
	if plan.frequency == "Daily":
		return [(first, yesterday)] if first <= yesterday else []
	periods = []
	while plan.frequency in ("Weekly", "Monthly"):
		end = (
			first + timedelta(days=6 - first.weekday())
			if plan.frequency == "Weekly"
			else getdate(get_last_day(first))
		)
		if end > yesterday:
			break
		periods.append((first, end))
		first = getdate(add_days(end, 1))
	return periods


def plan_all() -> None:
	"""Daily: draw what is over for every plan; what goes wrong with one plan does not stop the others."""
	for name in frappe.get_all(PLAN, {"enabled": 1, "frequency": ("!=", "Only by Hand")}, pluck="name"):
		try:
			plan = frappe.get_doc(PLAN, name)
			for start, end in periods_to_draw(plan, getdate()):
				drawn = draw_period(plan, start, end)
				frappe.db.commit()
				carry_out(drawn.name)
				frappe.db.commit()
		except Exception:
			frappe.db.rollback()
			frappe.log_error(f"Follow-up Plan {name}", reference_doctype=PLAN, reference_name=name)
			frappe.db.commit()
	for name in frappe.get_all(DRAW, {"state": "Running"}, pluck="name"):
		carry_out(name)
		frappe.db.commit()


# -- drawing


def draw_period(plan: Document, start: date, end: date) -> Document:
	"""Draw a period, or return the draw that there is; see the module's words.

	:raises aftersales.utils.report.PeriodError: the period ends before it begins.
	"""
	start, end = report.period_of({"from_date": start, "to_date": end})
	# Whoever draws of this plan does so alone; what others drew and committed meanwhile is seen by a locking read only.
	frappe.db.get_value(PLAN, plan.name, "name", for_update=True)
	if there := _draw_of(plan, start, end, for_update=True):
		return there
	rows = candidates(plan, start, end)
	drawn = sample(plan, rows, start, end)
	doc = frappe.get_doc(
		{
			"doctype": DRAW,
			"plan": plan.name,
			"from_date": start,
			"to_date": end,
			"state": "Running",
			"drawn_by": frappe.session.user,
			"method": plan.sampling_method,
			"size": plan.sampling_size,
			"seed": seed_of(plan, start, end),
			"population_count": len(rows),
			"drawn_count": len(drawn),
			"document_type": plan.document_type,
			"drawn": "\n".join(
				json.dumps([row.name, str(row.date), row.customer, row.get("person")]) for row in drawn
			),
		}
	)
	doc.insert(ignore_permissions=True)
	if plan.frequency != "Only by Hand":
		last = max(filter(None, [plan.last_day and getdate(plan.last_day), end]))
		plan.db_set("last_day", last, update_modified=False)
	return doc


def _draw_of(plan: Document, start: date, end: date, for_update: bool = False) -> Document | None:
	period = {"plan": plan.name, "from_date": start, "to_date": end}
	name = frappe.db.get_value(DRAW, period, "name", for_update=for_update)
	return frappe.get_doc(DRAW, name, for_update=for_update) if name else None


def carry_out(draw_name: str, user: str | None = None) -> int:
	"""Make the follow-ups of a draw that are not there yet, and return how many were made.

	:param draw_name: Follow-up Draw.
	:param user: to whom progress is shown.
	"""
	doc = frappe.get_doc(DRAW, draw_name, for_update=True)
	if doc.state == "Done":
		return 0
	plan = frappe.get_doc(PLAN, doc.plan)
	rows = [
		frappe._dict(zip(("name", "date", "customer", "person"), json.loads(line), strict=True))
		for line in (doc.drawn or "").splitlines()
	]
	missing = _without_follow_up(plan, rows)
	customers = _customers_of(missing)
	give = _assignment(plan)
	for number, row in enumerate(missing, start=1):
		_make(plan, doc, row, customers.get(row.customer) or {}, give(row))
		if user and number % 25 == 0:
			frappe.publish_progress(100 * number / len(missing), title=_("Planning follow-ups"), user=user)
	doc.db_set({"state": "Done", "created_count": len(missing)}, update_modified=False)
	return len(missing)


def key_of(plan: Document, document: str) -> str:
	"""Return the key under which a document is followed up once by a plan."""
	digest = hashlib.sha256(f"{plan.name}|{plan.document_type}|{document}".encode()).hexdigest()
	return f"plan:{digest}"


def _without_follow_up(plan: Document, rows: list[frappe._dict]) -> list[frappe._dict]:
	keys = {key_of(plan, row.name): row for row in rows}
	there = set()
	for part in chunks(list(keys)):
		there.update(frappe.get_all("Follow-up", {"unique_key": ("in", part)}, pluck="unique_key"))
	return [row for key, row in keys.items() if key not in there]


def _customers_of(rows: list[frappe._dict]) -> dict[str, dict]:
	names = list({row.customer for row in rows if row.customer})
	found = {}
	for part in chunks(names):
		fields = ["name", "customer_name", "phone", "email", "region"]
		for row in frappe.get_all("Service Customer", {"name": ("in", part)}, fields, order_by=None):
			found[row.pop("name")] = row
	return found


def _assignment(plan: Document):
	"""Return the function that says who gets a row."""
	users = [row.user for row in plan.assignees]
	enabled = set(frappe.get_all("User", {"name": ("in", users), "enabled": 1}, pluck="name"))
	users = [user for user in users if user in enabled] or [frappe.session.user]
	if plan.assignment == "By Turns":
		turn = frappe.db.count("Follow-up", {"plan": plan.name})
		turns = iter(range(turn, turn + 10**9))
		return lambda row: users[next(turns) % len(users)]
	load = follow_ups.ByLoad(users)
	if plan.assignment == "Person of the Document":
		people = set(frappe.get_all("User", {"enabled": 1, "user_type": "System User"}, pluck="name"))
		return lambda row: row.person if row.person in people else load.next()
	return lambda row: load.next()


def _make(plan: Document, draw_doc: Document, row: frappe._dict, customer: dict, user: str) -> None:
	# The day may be past when the plan was started late; nobody can call yesterday.
	due = max(getdate(add_days(row.date, cint(plan.days_after))), getdate())
	follow_ups.plan_follow_up(
		row.customer if customer else None,
		plan.document_type,
		row.name,
		due,
		plan.reason,
		user=user,
		mode=plan.mode,
		purpose=plan.purpose,
		survey_template=plan.survey_template,
		routing=plan.routing,
		plan=plan.name,
		draw=draw_doc.name,
		unique_key=key_of(plan, row.name),
		**customer,
	)


# -- the form


@frappe.whitelist()
def preview(plan: str, from_date: str | None = None, to_date: str | None = None) -> dict:
	"""Return how many documents a period holds, how many of them would be drawn, and the first of those.

	:param plan: Follow-up Plan.
	:param from_date: first day; without one, the period that comes next.
	:param to_date: last day.
	:returns: `from_date`, `to_date`, `population`, `drawn`, `new` (without a follow-up of the plan), `drawn_before`,
	    `rows` of those that the user may read.
	:raises frappe.PermissionError: the user may not write the plan.
	"""
	doc = _plan_for(plan)
	start, end = period_of(doc, from_date, to_date)
	rows = candidates(doc, start, end)
	drawn = sample(doc, rows, start, end)
	readable = _readable(doc, [row.name for row in drawn[:PREVIEW_ROWS]])
	customers = _customers_of(drawn[:PREVIEW_ROWS])
	return {
		"from_date": start,
		"to_date": end,
		"population": len(rows),
		"drawn": len(drawn),
		"new": len(_without_follow_up(doc, drawn)),
		"drawn_before": bool(_draw_of(doc, start, end)),
		"rows": [
			{
				"name": row.name,
				"date": row.date,
				"customer_name": (customers.get(row.customer) or {}).get("customer_name"),
				"due_date": max(getdate(add_days(row.date, cint(doc.days_after))), getdate()),
			}
			for row in drawn[:PREVIEW_ROWS]
			if row.name in readable
		],
	}


@frappe.whitelist(methods=["POST"])
def plan_now(plan: str, from_date: str | None = None, to_date: str | None = None) -> dict:
	"""Draw a period and make its follow-ups, in the background when they are many.

	:param plan: Follow-up Plan.
	:param from_date: first day; without one, the period that comes next.
	:param to_date: last day.
	:returns: `draw`, `drawn`, `created`; `background` when they are still being made; `before` when the period had been drawn.
	:raises frappe.PermissionError: the user may not write the plan.
	:raises aftersales.utils.report.PeriodError: the period ends before it begins.
	"""
	doc = _plan_for(plan)
	start, end = period_of(doc, from_date, to_date)
	before = bool(_draw_of(doc, start, end))
	drawn = draw_period(doc, start, end)
	answer = {
		"draw": drawn.name,
		"drawn": drawn.drawn_count,
		"before": before,
		"created": 0,
		"background": False,
	}
	if drawn.drawn_count >= BACKGROUND_FROM and drawn.state != "Done":
		frappe.enqueue(
			carry_out, queue="long", enqueue_after_commit=True, draw_name=drawn.name, user=frappe.session.user
		)
		return {**answer, "background": True}
	return {**answer, "created": carry_out(drawn.name)}


def period_of(plan: Document, from_date: str | None, to_date: str | None) -> tuple[date, date]:
	"""Return the period that is meant: the given days, else the one that would be drawn next.

	:raises aftersales.utils.report.PeriodError: only one day is given, or the period ends before it begins.
	"""
	if from_date or to_date:
		return report.period_of({"from_date": from_date, "to_date": to_date})
	waiting = periods_to_draw(plan, getdate())
	if waiting:
		return waiting[0]
	last_month = get_first_day(getdate(), d_months=-1)
	return getdate(last_month), getdate()


def _plan_for(name: str) -> Document:
	doc = frappe.get_doc(PLAN, name)
	check_permission(PLAN, "write", doc)
	check_permission(doc.document_type, "read")
	check_permission("Follow-up", "create")
	return doc


def _readable(plan: Document, names: list[str]) -> set[str]:
	rows = frappe.get_list(plan.document_type, filters={"name": ("in", names or [""])}, pluck="name", limit=0)
	return set(rows)
