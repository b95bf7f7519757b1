"""What a warehouse needs next month: the terms of the monthly demand plan (S2.29, A04) by one statement.

Suggested = average of the three months' issues + (safety stock - stock at the end of last month) - on order, at least 0,
rounded up. The source names the issues and that difference as reference data and gives no formula; this one reads the
difference as one term (reading a of A04). "On order" is what orders have open and what is on the road; it can be left out in Aftersales Settings.
"""

from dataclasses import dataclass
from datetime import date
from math import ceil

import frappe
from frappe.utils import add_months, get_first_day, getdate

from aftersales.spare_parts import supply

MONTHS = 3
HISTORY_MONTHS = 24
# Movements out of a warehouse that somebody wanted; scrap and count differences are no demand.
PURPOSES = ("Issue", "Transfer", "Consumption")

# What one voucher moves within the warehouses cancels out, a cancelled voucher too.
DEMAND = """
	select spare_part, min(posting_date) as day, -sum(qty_change) as qty
	from `tabPart Ledger Entry`
	where warehouse in %(warehouses)s and posting_date >= %(first)s and posting_date < %(end)s
		and purpose in %(purposes)s
	group by spare_part, voucher_type, voucher_no
	having qty > 0
"""
TERMS = f"""
	select part.name as spare_part, part.part_name, part.price,
		coalesce(issued.issued_1, 0) as issued_1, coalesce(issued.issued_2, 0) as issued_2,
		coalesce(issued.issued_3, 0) as issued_3,
		coalesce(own.safety_stock, part.safety_stock, 0) as safety_stock,
		coalesce(present.qty, 0) - coalesce(since.qty, 0) as stock,
		coalesce(ordered.qty, 0) as on_order
	from `tabSpare Part` part
	left join (
		select spare_part,
			sum(if(day >= %(last)s, qty, 0)) as issued_1,
			sum(if(day >= %(second)s and day < %(last)s, qty, 0)) as issued_2,
			sum(if(day < %(second)s, qty, 0)) as issued_3
		from ({DEMAND}) demand group by spare_part
	) issued on issued.spare_part = part.name
	left join (
		select spare_part, sum(qty) as qty from `tabPart Balance`
		where warehouse in %(warehouses)s group by spare_part
	) present on present.spare_part = part.name
	left join (
		select spare_part, sum(qty_change) as qty from `tabPart Ledger Entry`
		where warehouse in %(warehouses)s and posting_date >= %(end)s group by spare_part
	) since on since.spare_part = part.name
	left join `tabPart Safety Stock` own on own.spare_part = part.name and own.warehouse = %(warehouse)s
	left join (
		select spare_part, sum(qty) as qty from (
			select item.spare_part, item.open_qty as qty
			from `tabPart Order Item` item join `tabPart Order` part_order on part_order.name = item.parent
			where part_order.target_warehouse in %(warehouses)s
				and part_order.stage in ('Submitted', 'Partly Delivered') and item.open_qty > 0
			union all
			select item.spare_part, item.qty - coalesce(item.received_qty, 0)
			from `tabPart Stock Entry Item` item join `tabPart Stock Entry` slip on slip.name = item.parent
			where slip.target_warehouse in %(warehouses)s and slip.docstatus = 1
				and slip.transit_state in ('In Transit', 'Partly Received')
		) coming group by spare_part
	) ordered on ordered.spare_part = part.name
	where part.disabled = 0 and (
		issued.spare_part is not null or coalesce(own.safety_stock, part.safety_stock, 0) > 0
	)
	order by part.name
"""


@dataclass(frozen=True)
class Reference:
	"""The months that a plan looks back on.

	:param first: first day of the earliest of the three months.
	:param second: first day of the middle one.
	:param last: first day of the last one.
	:param end: first day of the month after it, in which the plan is made.
	"""

	first: date
	second: date
	last: date
	end: date


def reference(plan_date: date | str) -> Reference:
	"""Return the three months before the month of a day."""
	end = get_first_day(getdate(plan_date))
	third, second, last = (getdate(add_months(end, -months)) for months in (3, 2, 1))
	return Reference(third, second, last, end)


def suggested(issued: list[float], safety_stock: float, stock: float, on_order: float = 0) -> int:
	"""Return the pieces to ask for, see the module.

	:param issued: pieces issued in each of the three months.
	:param safety_stock: pieces that shall always be there.
	:param stock: pieces at the end of last month.
	:param on_order: pieces ordered and not delivered.
	"""
	need = sum(issued) / MONTHS + (safety_stock - stock) - on_order
	return max(0, ceil(round(need, 6)))


def terms(warehouse: str, plan_date: date | str) -> list[frappe._dict]:
	"""Return a row per part that was wanted or has a safety stock, with all terms and the suggestion; one statement.

	:param warehouse: Part Warehouse for which is planned; what its technicians carry counts with it.
	:param plan_date: day of the plan.
	"""
	months = reference(plan_date)
	rows = frappe.db.sql(
		TERMS,
		{
			"warehouse": warehouse,
			"warehouses": supply.covered(warehouse),
			"purposes": PURPOSES,
			**vars(months),
		},
		as_dict=True,
	)
	deduct = frappe.db.get_single_value("Aftersales Settings", "demand_plan_deduct_on_order")
	for row in rows:
		issued = [row.issued_1, row.issued_2, row.issued_3]
		row.average = sum(issued) / MONTHS
		row.difference = row.safety_stock - row.stock
		row.on_order = row.on_order if deduct else 0
		row.suggested_qty = suggested(issued, row.safety_stock, row.stock, row.on_order)
	return rows


def histories(warehouse: str, until: date | str, months: int = HISTORY_MONTHS) -> dict[str, list[float]]:
	"""Return the pieces that were wanted of each part in each month, the oldest first; one statement.

	A history begins with the part's first demand, so that a new part is not taken for one that is hardly wanted.

	:param warehouse: Part Warehouse; what its technicians carry counts with it.
	:param until: the months before this day's month are told.
	:param months: how many at most.
	"""
	end = get_first_day(getdate(until))
	first = getdate(add_months(end, -months))
	rows = frappe.db.sql(
		f"""select spare_part, extract(year_month from day) as month, sum(qty) as qty
		from ({DEMAND}) demand group by spare_part, month order by month""",
		{"warehouses": supply.covered(warehouse), "purposes": PURPOSES, "first": first, "end": end},
		as_dict=True,
	)
	found: dict[str, list[float]] = {}
	for row in rows:
		month = (end.year - row.month // 100) * 12 + end.month - row.month % 100
		history = found.setdefault(row.spare_part, [0.0] * month)
		history[-month] = row.qty
	return found
