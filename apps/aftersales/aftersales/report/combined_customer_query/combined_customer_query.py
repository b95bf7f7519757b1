"""Combined Customer Query (Q25, S7.38, 客户综合查询统计): customers whom several conditions fit, each an operator and a measure."""

import frappe
from frappe import _

from aftersales.aftersales.customer_figures import (
	ELEVEN,
	CustomerFiguresError,
	Figures,
	customer_columns,
	largest,
)
from aftersales.utils.report import period_of

# Conditions that the filters offer.
CONDITIONS = 4
MOST = 2000


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows and a message; called by Frappe. One statement.

	:param filters: `measure_1`, `operator_1` (>=, = or <=), `value_1` and so on to 4; all of them must fit. `from_date` and
	    `to_date` of what is counted, or neither; `region`, `customer_group` (with all below), `vip_level`.
	:raises CustomerFiguresError: no condition, or one that is unknown.
	:raises PeriodError: one day of the period is missing, or it ends before it begins.
	:raises frappe.PermissionError: the user may not read customers, or not what a condition counts.
	"""
	filters = frappe._dict(filters or {})
	start, end = period_of(filters) if filters.from_date or filters.to_date else (None, None)
	figures = Figures(ELEVEN, filters, start, end)
	query = figures.of_customers()
	wanted = conditions(filters)
	for measure, operator, number in wanted:
		query = figures.having(query, measure, operator, number)
	first = wanted[0][0]
	rows = largest(query, figures.value(first), MOST)
	return [*customer_columns(), *figures.columns()], rows[:MOST], message(len(rows))


def conditions(filters: dict) -> list[tuple[str, str, float]]:
	"""Return measure, operator and value of each condition.

	:raises CustomerFiguresError: there is none.
	"""
	found = [
		(
			filters[f"measure_{number}"],
			filters.get(f"operator_{number}") or ">=",
			filters.get(f"value_{number}"),
		)
		for number in range(1, CONDITIONS + 1)
		if filters.get(f"measure_{number}")
	]
	if not found:
		frappe.throw(_("Choose at least one measure to ask for."), CustomerFiguresError)
	return found


def message(found: int) -> str:
	"""Return the sentence above the table."""
	if found > MOST:
		return _("More than {0} customers fit; the first {0} are shown.").format(MOST)
	return _("{0} customers fit.").format(frappe.bold(found))
