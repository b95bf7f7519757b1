"""What the two lists of first free maintenance have in common (S18.20)."""

from collections import defaultdict

import frappe
from frappe.utils import today

from aftersales.field_service.maintenance_plans import FIRST_FREE
from aftersales.utils.report import period_of

VISIT = "Maintenance Visit"


def between(filters: dict) -> list[list]:
	"""Return the filters of the first free maintenance that falls due in a period.

	:param filters: `from_date`, `to_date`, optionally `outlet`, `product`, `confirmation`.
	:raises PeriodError: the period is incomplete or ends before it begins.
	"""
	start, end = period_of(filters)
	conditions = [[VISIT, "visit_kind", "=", FIRST_FREE], [VISIT, "due_date", "between", [start, end]]]
	for field in ("outlet", "product", "confirmation"):
		if filters.get(field):
			conditions.append([VISIT, field, "=", filters.get(field)])
	return conditions


def counts(filters: dict) -> list[frappe._dict]:
	"""Return, per product, how many fell due and what became of them; two statements, of what the user may read."""
	conditions = between(filters)
	names = ("due", "done", "confirmed", "not_accepted", "skipped", "overdue")
	found = defaultdict(lambda: frappe._dict.fromkeys(names, 0))
	for row in _numbers(conditions, "product", "product_name", "stage", "confirmation"):
		total = found[row.product]
		total.update({"product": row.product, "product_name": row.product_name or row.product})
		total.due += row.number
		total.done += row.number if row.stage == "Done" else 0
		total.skipped += row.number if row.stage == "Skipped" else 0
		if row.confirmation in ("Confirmed", "Not Accepted"):
			total[frappe.scrub(row.confirmation)] += row.number
	late = [[VISIT, "due_date", "<", today()], [VISIT, "stage", "in", ("Planned", "Released")]]
	for row in _numbers(conditions + late, "product"):
		found[row.product].overdue = row.number
	return list(found.values())


def _numbers(conditions: list[list], *fields: str) -> list[frappe._dict]:
	return frappe.get_list(
		VISIT,
		filters=conditions,
		fields=[*fields, "count(*) as number"],
		group_by=", ".join(fields),
		order_by=None,
		limit_page_length=0,
	)
