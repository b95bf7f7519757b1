"""Customer Loss (Q28, S8.07): which customers have not bought, called or been served for so many months; summed up by
region, group, level or account owner, or one by one."""

import frappe
from frappe import _
from frappe.query_builder.functions import Sum
from frappe.utils import add_months, cint, date_diff, getdate, nowdate
from pypika import Case, Order
from pypika.functions import Coalesce
from pypika.terms import Function, Term

from aftersales.aftersales.customer_figures import GROUPS, LINKS, Figures, customer_columns
from aftersales.utils.report import column, figure, share, stacked_bars
from aftersales.utils.report_query import name_groups, run

# Signs of life, the last of which counts.
SIGNS = ("last_sale", "last_service", "last_ticket")
NEVER = "1000-01-01"
MONTHS, LONGEST = 12, 120
MOST = 2000
BARS = 15


class LossError(frappe.ValidationError):
	"""The filters name no time."""


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows, message, chart and summary; called by Frappe. One statement, and one for names.

	Lost is who gave no sign of life for the months of the filter, at risk who gave none for half of them.

	:param filters: `months` without purchase, service and ticket (12), `group_by` (see `customer_figures.GROUPS`; Customer lists
	    those lost); `region`, `customer_group` (with all below), `vip_level`, `account_owner`.
	:raises LossError: the number of months is not between 1 and 120.
	:raises frappe.PermissionError: the user may not read customers.
	"""
	filters = frappe._dict(filters or {})
	months = cint(filters.months) or MONTHS
	if not 1 <= months <= LONGEST:
		frappe.throw(_("Enter between 1 and {0} months.").format(LONGEST), LossError)
	group = filters.group_by if filters.group_by in GROUPS else "Region"
	figures = Figures(SIGNS, filters)
	last = last_sign(figures)
	limit = getdate(add_months(nowdate(), -months))
	if group == "Customer":
		rows = one_by_one(figures, last, limit)
		return (
			list_columns(),
			rows[:MOST],
			None,
			None,
			[figure(_("Lost Customers"), len(rows), indicator="Red")],
		)
	rows = summed_up(figures, group, last, limit, half_way(limit))
	return sum_columns(group), rows, None, chart(rows), summary(rows)


def half_way(limit) -> object:
	"""Return the day from which on half of the months have gone by."""
	today = getdate()
	return getdate(frappe.utils.add_days(limit, date_diff(today, limit) // 2))


def last_sign(figures: Figures) -> Term:
	"""Return the day of the last sign of life of a customer; `NEVER` without any."""
	days = [
		Coalesce(getattr(figures.sources[source], sign), NEVER)
		for source, sign in zip(("sales", "services", "tickets"), SIGNS, strict=True)
		if source in figures.sources
	]
	# GREATEST needs two; NEVER changes nothing.
	return Function("DATE", Function("GREATEST", NEVER, *(days or [NEVER])))


def one_by_one(figures: Figures, last: Term, limit) -> list[dict]:
	"""Return customers who gave signs of life, but none since the limit; the latest first."""
	customers = figures.customers
	query = (
		figures.joined()
		.select(
			customers.name,
			customers.customer_name,
			customers.phone,
			customers.region,
			customers.vip_level,
			customers.account_owner,
			last.as_("last_on"),
		)
		.where(last > NEVER)
		.where(last < str(limit))
		.orderby(last, order=Order.desc)
		.limit(MOST + 1)
	)
	rows = run(query, every_row=figures.of_all)
	for row in rows:
		row.days = date_diff(nowdate(), row.last_on)
	return rows


def summed_up(figures: Figures, group: str, last: Term, limit, risk) -> list[dict]:
	"""Return active, endangered, lost and never active customers by group, the most lost first."""
	by = getattr(figures.customers, GROUPS[group])
	one = lambda *conditions: Sum(_one_if(*conditions))  # noqa: E731
	query = (
		figures.joined()
		.select(
			by.as_("value"),
			one(last >= str(risk)).as_("active"),
			one(last < str(risk), last >= str(limit)).as_("at_risk"),
			one(last < str(limit), last > NEVER).as_("lost"),
			one(last == NEVER).as_("never"),
		)
		.groupby(by)
	)
	rows = name_groups(run(query, every_row=figures.of_all), LINKS[group])
	for row in rows:
		row.update({name: cint(row[name]) for name in ("active", "at_risk", "lost", "never")})
		row.known = row.active + row.at_risk + row.lost
		row.loss = share(row.lost, row.known)
	return sorted(rows, key=lambda row: (-row.lost, row.label))


def _one_if(*conditions) -> Term:
	all_of = conditions[0]
	for condition in conditions[1:]:
		all_of &= condition
	return Case().when(all_of, 1).else_(0)


def list_columns() -> list[dict]:
	"""Return the columns of the list."""
	return [
		*customer_columns(),
		column("account_owner", _("Account Owner"), "Link", 160, options="User"),
		column("last_on", _("Last Sign of Life"), "Date", 130),
		column("days", _("Days Since"), "Int", 100),
	]


def sum_columns(group: str) -> list[dict]:
	"""Return the columns of the summary."""
	return [
		column("label", _(group), "Data", 200),
		column("known", _("Customers Ever Active"), "Int", 160),
		column("active", _("Still Active"), "Int", 100),
		column("at_risk", _("At Risk"), "Int", 100),
		column("lost", _("Customers Lost"), "Int", 100),
		column("loss", _("Loss (%)"), "Float", 100, disable_total=True),
		column("never", _("Never Active"), "Int", 120),
	]


def chart(rows: list[dict]) -> dict | None:
	"""Return bars of active, endangered and lost customers."""
	series = [(_("Still Active"), "active"), (_("At Risk"), "at_risk"), (_("Customers Lost"), "lost")]
	return stacked_bars(rows[:BARS], "label", series, colors=["green", "orange", "red"])


def summary(rows: list[dict]) -> list[dict]:
	"""Return the figures above the table."""
	lost, known = sum(row.lost for row in rows), sum(row.known for row in rows)
	return [
		figure(_("Customers Ever Active"), known),
		figure(_("Lost Customers"), lost, indicator="Red"),
		figure(_("Loss (%)"), share(lost, known), "Percent", "Orange"),
	]
