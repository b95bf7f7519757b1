"""Business targets (S18.36): what was reached is counted where it happened, one statement for each measure."""

from dataclasses import dataclass

import frappe
from frappe.query_builder.functions import Count, IfNull, Sum
from frappe.utils import flt
from pypika import Criterion, Query
from pypika.queries import Table
from pypika.terms import Interval

TARGET = "Business Target"


@dataclass(frozen=True)
class Measure:
	"""Where a measure is counted.

	:param doctype: what is counted.
	:param day: its field with the day or time.
	:param value: its field that is added up; None: documents are counted.
	:param employee: its field with the User whose work it is.
	:param outlet: its field with the outlet; None: it belongs to none.
	:param technician: `employee` names a Technician.
	:param submitted: only submitted documents that were not returned count.
	"""

	doctype: str
	day: str
	value: str | None
	employee: str
	outlet: str | None = "outlet"
	technician: bool = False
	submitted: bool = False


MEASURES = {
	"Sales Amount": Measure("Sale Record", "sale_date", "total", "sales_representative", submitted=True),
	"Number of Sales": Measure("Sale Record", "sale_date", None, "sales_representative", submitted=True),
	"Collected Amount": Measure("Sale Collection", "collected_on", "amount", "collected_by"),
	"Service Payments": Measure("Service Payment", "received_at", "amount", "received_by"),
	"Completed Orders": Measure("Service Order", "completed_at", None, "technician", technician=True),
	"New Customers": Measure("Service Customer", "customer_since", None, "registered_by", outlet=None),
	"Follow-ups": Measure("Follow-up", "followed_up_on", None, "followed_up_by", outlet=None),
}
# Measures of money; the others are numbers.
MONEY = frozenset(
	name for name, measure in MEASURES.items() if measure.value and measure.value in ("total", "amount")
)


def reached(targets: list[dict]) -> dict[str, float]:
	"""Return what was reached of each target, as of now; one statement for each measure among them.

	:param targets: rows with `name` and `measure`.
	:returns: target -> number or money.
	"""
	names: dict[str, list[str]] = {}
	for row in targets:
		names.setdefault(row["measure"], []).append(row["name"])
	found = {row["name"]: 0.0 for row in targets}
	for measure, some in names.items():
		for name, value in _query(MEASURES[measure], some).run():
			found[name] = flt(value, 9)
	return found


def _query(measure: Measure, names: list[str]):
	target, doc = frappe.qb.DocType(TARGET), frappe.qb.DocType(measure.doctype)
	counts = (doc[measure.day] >= target.from_date) & (doc[measure.day] < target.to_date + Interval(days=1))
	if measure.submitted:
		counts &= (doc.docstatus == 1) & (IfNull(doc.status, "") != "Returned")
	value = Sum(doc[measure.value]) if measure.value else Count(doc.name)
	return (
		frappe.qb.from_(target)
		.join(doc)
		.on(counts & _in_scope(measure, target, doc))
		.select(target.name, value)
		.where(target.name.isin(names))
		.groupby(target.name)
	)


def _in_scope(measure: Measure, target: Table, doc: Table) -> Criterion:
	"""Return the condition that a document counts for a target: for the company all do."""
	parts = [target.scope == "Company"]
	if measure.outlet:
		top, below = (frappe.qb.DocType("Service Outlet").as_(name) for name in ("top", "below"))
		outlets = (
			Query.from_(top)
			.join(below)
			.on((below.lft >= top.lft) & (below.rgt <= top.rgt))
			.select(below.name)
			.where(top.name == target.outlet)
		)
		parts.append((target.scope == "Outlet") & doc[measure.outlet].isin(outlets))
	person = doc[measure.employee] == target.employee
	if measure.technician:
		technician = frappe.qb.DocType("Technician")
		of_user = Query.from_(technician).select(technician.name).where(technician.user == target.employee)
		person = doc[measure.employee].isin(of_user)
	parts.append((target.scope == "Employee") & person)
	return Criterion.any(parts)
