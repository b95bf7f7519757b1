"""What outlets are measured by in a month (S13.06, S13.07): one statement for each measure, over all outlets at once.

Each function gets the month and returns, for each outlet with anything to measure, the value and of how many it is made.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import frappe
from frappe.utils import flt

# A visit that was promised for a time is measured by the promise, any other by the hours since the order was dispatched.
VISITED = """if(orders.promised_at is not null, orders.arrived_at <= orders.promised_at,
	orders.arrived_at <= orders.dispatched_at + interval %(minutes)s minute)"""
ORDERS = """
	select orders.outlet as outlet, count(*) as base, sum({good}) as good
	from `tabService Order` orders
	where orders.outlet is not null and orders.stage != 'Cancelled'
		and orders.{time} >= %(first)s and orders.{time} < %(after)s {more}
	group by orders.outlet
"""
SATISFACTION = """
	select orders.outlet as outlet, count(*) as base,
		sum(call_back.satisfied in ('Very Satisfied', 'Satisfied')) as good
	from `tabFollow-up` call_back
	join `tabService Order` orders on orders.name = call_back.source_name
	where call_back.source_doctype = 'Service Order' and coalesce(call_back.satisfied, '') != ''
		and call_back.followed_up_on >= %(first)s and call_back.followed_up_on < %(after)s
		and orders.outlet is not null
	group by orders.outlet
"""
# A complaint is about the order from which it came, or which was made for it by the outlet that worked before.
COMPLAINTS = """
	select done.outlet as outlet, done.base as base, coalesce(complaints.good, 0) as good
	from (
		select orders.outlet as outlet, count(*) as base from `tabService Order` orders
		where orders.outlet is not null and orders.completed_at >= %(first)s and orders.completed_at < %(after)s
		group by orders.outlet
	) done
	left join (
		select orders.outlet as outlet, count(*) as good from `tabCustomer Complaint` complaint
		join `tabService Order` orders on orders.name = complaint.source_name
		where complaint.source_doctype = 'Service Order' and complaint.kind = 'Complaint'
			and coalesce(complaint.stage, '') != 'Not Upheld' and coalesce(complaint.upheld, '') != 'Not Upheld'
			and complaint.received_on >= %(first)s and complaint.received_on < %(after)s
		group by orders.outlet
	) complaints on complaints.outlet = done.outlet
"""
# What waits for a follow-up is not the outlet's fault: it comes again.
REJECTED = """
	select settlement.outlet as outlet, count(*) as base, sum(line.amount) as amount,
		sum(if(line.left_out, line.amount, line.amount - line.accepted_amount)) as rejected
	from `tabSettlement Line` line
	join `tabSettlement` settlement on settlement.name = line.parent
	where settlement.outlet is not null and settlement.stage in ('Confirmed', 'Invoice Notice Sent', 'Paid')
		and settlement.confirmed_on >= %(first)s and settlement.confirmed_on < %(after)s and line.amount > 0
		and coalesce(line.excluded_reason, '') not in
			('No Follow-up', 'Follow-up Not Done', 'Satisfaction Unknown', 'Order Reopened')
	group by settlement.outlet
"""
# Of a person who tried an exam several times the best attempt counts.
EXAMS = """
	select best.outlet as outlet, count(*) as base, sum(best.mark) as good
	from (
		select attempt.outlet as outlet, max(attempt.mark) as mark from `tabOutlet Exam Attempt` attempt
		where attempt.outlet is not null and attempt.state != 'Open'
			and attempt.finished_at >= %(first)s and attempt.finished_at < %(after)s
		group by attempt.outlet, attempt.exam, attempt.user
	) best
	group by best.outlet
"""


@dataclass(frozen=True)
class Value:
	"""What was measured of an outlet.

	:param value: percent, number per 100, or mark.
	:param base: how many orders, answers or attempts it is made of.
	"""

	value: float
	base: int


def on_time_received(month: dict, hours: float) -> dict[str, Value]:
	"""Share of the orders dispatched in the month that were received within some hours."""
	good = "coalesce(orders.received_at <= orders.dispatched_at + interval %(minutes)s minute, 0)"
	return _shares(ORDERS.format(good=good, time="dispatched_at", more=""), month, hours)


def on_time_visited(month: dict, hours: float) -> dict[str, Value]:
	"""Share of the visits begun in the month that were in time for the promise, or else within some hours."""
	more = "and (orders.promised_at is not null or orders.dispatched_at is not null)"
	return _shares(ORDERS.format(good=VISITED, time="arrived_at", more=more), month, hours)


def first_time_fix(month: dict, hours: float) -> dict[str, Value]:
	"""Share of the orders completed in the month that needed one visit: no order before or after them."""
	good = "coalesce(orders.continued_from, '') = '' and coalesce(orders.continued_by, '') = ''"
	more = "and orders.stage != 'Continued'"
	return _shares(ORDERS.format(good=good, time="completed_at", more=more), month, hours)


def satisfaction(month: dict, hours: float) -> dict[str, Value]:
	"""Share of the customers followed up in the month who are satisfied."""
	return _shares(SATISFACTION, month, hours)


def complaints(month: dict, hours: float) -> dict[str, Value]:
	"""Complaints received in the month about orders of the outlet, per 100 orders completed in it."""
	return _shares(COMPLAINTS, month, hours)


def exam_mark(month: dict, hours: float) -> dict[str, Value]:
	"""Mean of the marks of the exams that the outlet's people took in the month."""
	rows = frappe.db.sql(EXAMS, month, as_dict=True)
	return {row.outlet: Value(flt(flt(row.good) / row.base, 2), row.base) for row in rows}


def fees_rejected(month: dict, hours: float) -> dict[str, Value]:
	"""Share of the amount of the fees settled in the month that was turned down as not justified."""
	rows = frappe.db.sql(REJECTED, month, as_dict=True)
	return {row.outlet: Value(flt(100 * flt(row.rejected) / flt(row.amount), 2), row.base) for row in rows}


def _shares(statement: str, month: dict, hours: float) -> dict[str, Value]:
	rows = frappe.db.sql(statement, {**month, "minutes": round(flt(hours) * 60)}, as_dict=True)
	return {row.outlet: Value(flt(100 * flt(row.good) / row.base, 2), row.base) for row in rows if row.base}


# Measure -> function of the month (`first`, `after`: first day, first day of the next month) and the hours of the criterion.
MEASURES: dict[str, Callable[[dict[str, date], float], dict[str, Value]]] = {
	"On Time Received": on_time_received,
	"On Time Visited": on_time_visited,
	"First-time Fix": first_time_fix,
	"Satisfaction": satisfaction,
	"Complaints per 100 Orders": complaints,
	"Fees Rejected in Settlement": fees_rejected,
	"Exam Mark": exam_mark,
}
