"""Who sees which figures: a sum is for people who may see every document in it.

Whoever sees all documents of a DocType reads the stored figures; people of an outlet read those of their outlets; everybody else (User
Permissions, own documents only, shared ones) gets the documents counted that Frappe lists for them.
"""

from datetime import date

import frappe
from frappe.model.db_query import DatabaseQuery
from frappe.model.document import Document
from frappe.query_builder.functions import Sum
from frappe.utils import add_days, flt, getdate

from aftersales.aftersales.figures.compute import DOCTYPE, known
from aftersales.aftersales.figures.measures import BY_NAME, Measure
from aftersales.service_network import outlet_scope
from aftersales.utils.access import check_permission

ALL, OUTLETS, LISTED = "all", "outlets", "listed"


def access_to(measure: Measure, user: str | None = None) -> str:
	"""Return what a person who may read the DocType sees of a measure: ALL, those of their OUTLETS, or what is LISTED for them."""
	condition = DatabaseQuery(measure.doctype, user=user).build_match_conditions(as_condition=True)
	if not condition:
		return ALL
	plain = measure.outlet and "." not in measure.outlet
	if plain and condition == outlet_scope.conditions(measure.doctype, measure.outlet, user):
		return OUTLETS
	return LISTED


def read(
	measure: Measure, start: date, end: date, dimension: str = "", by_day: bool = True
) -> list[tuple[date | None, str, float, float]]:
	"""Return (day, value, count, amount) of a period, as far as the session's user may see it.

	:param start: first day.
	:param end: last day.
	:param dimension: breakdown; "" for the whole.
	:param by_day: one row per day; else the days added up, with None as day.
	:raises frappe.PermissionError: the user may not read the DocType.
	"""
	check_permission(measure.doctype, "read")
	access = access_to(measure)
	if access == LISTED:
		return _listed(measure, start, end, dimension, by_day)
	table = frappe.qb.DocType(DOCTYPE)
	query = (
		frappe.qb.from_(table)
		.select(table.dimension_value, Sum(table.figure_count), Sum(table.amount))
		.where((table.measure == measure.name) & (table.dimension == dimension))
		.where((table.date >= start) & (table.date <= end))
		.groupby(table.dimension_value)
	)
	if access == OUTLETS:
		query = query.where(outlet_scope.criterion(table.outlet))
	if by_day:
		query = query.select(table.date).groupby(table.date)
	return [
		(getdate(day[0]) if day else None, value or "", flt(number), flt(amount))
		for value, number, amount, *day in query.run()
	]


def total(measure: Measure, start: date, end: date) -> tuple[float, float]:
	"""Return count and amount of a period, see `read`."""
	rows = read(measure, start, end, by_day=False)
	return sum(row[2] for row in rows), flt(sum(row[3] for row in rows), 2)


def query_conditions(user: str | None = None) -> str:
	"""`permission_query_conditions` of Daily Figure: the list of figures shows what cards and charts show."""
	conditions = []
	for measure in known():
		access = _access(measure, user)
		name = frappe.db.escape(measure.name, percent=False)
		if access == ALL:
			conditions.append(f"`tab{DOCTYPE}`.`measure` = {name}")
		elif access == OUTLETS:
			of_outlets = outlet_scope.conditions(DOCTYPE, "outlet", user)
			conditions.append(f"(`tab{DOCTYPE}`.`measure` = {name} and {of_outlets})")
	return f"({' or '.join(conditions)})" if conditions else "1 = 0"


def has_permission(doc: Document, ptype: str = "read", user: str | None = None) -> bool:
	"""`has_permission` of Daily Figure."""
	measure = BY_NAME.get(doc.measure)
	access = _access(measure, user) if measure else ALL
	return access == ALL or (access == OUTLETS and outlet_scope.sees(doc.outlet, user))


def _access(measure: Measure, user: str | None) -> str | None:
	"""Return `access_to`, or None for who may not read the DocType at all."""
	if not frappe.has_permission(measure.doctype, "read", user=user):
		return None
	return access_to(measure, user)


def _listed(measure: Measure, start: date, end: date, dimension: str, by_day: bool) -> list[tuple]:
	"""Count the documents that Frappe lists for the session's user."""
	# Without the table's name: Frappe takes a function that holds one for another table.
	fields = ["count(*) as number"]
	groups = []
	if measure.amount:
		fields.append(f"sum({measure.amount}) as amount")
	if by_day:
		fields.append(f"date({measure.date}) as day")
		groups.append("day")
	if dimension:
		fields.append(f"{measure.breakdowns[dimension]} as value")
		groups.append("value")
	rows = frappe.get_list(
		measure.doctype,
		fields=fields,
		filters=filters_of(measure, start, end),
		group_by=", ".join(groups) or None,
		order_by=None,
		limit=0,
	)
	return [
		(
			getdate(row.day) if by_day else None,
			row.get("value") or "",
			row.number,
			flt(row.get("amount")) * measure.sign,
		)
		for row in rows
		if row.number
	]


def filters_of(measure: Measure, start: date, end: date) -> list[list]:
	"""Return the conditions of the documents that make up a figure, as a list takes them."""
	filters = [[measure.date, ">=", start], [measure.date, "<", getdate(add_days(end, 1))]]
	for field, wanted in measure.filters.items():
		several = isinstance(wanted, tuple)
		filters.append([field, "in" if several else "=", list(wanted) if several else wanted])
	return filters
