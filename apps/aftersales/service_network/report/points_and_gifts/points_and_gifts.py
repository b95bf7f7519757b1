"""Points and Gifts: what customers earned, redeemed and lost, what they have, and the gifts they got (Q26, S7.39)."""

from collections import defaultdict

import frappe
from frappe import _

from aftersales.utils.report import column, drill, figure, period_of, stacked_bars, within
from aftersales.utils.report_query import may_read, sums

MOST = 2000
SHOWN = 12
# Kind of an entry -> column in which it counts.
COLUMN_OF = {
	"Earned": "earned",
	"Referral": "earned",
	"Redeemed": "redeemed",
	"Expired": "expired",
	"Adjusted": "other",
	"Reversed": "other",
}


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows, nothing, a chart and figures; those with the most movement first.

	:param filters: `from_date`, `to_date`, `customer`, `reward`.
	:raises frappe.PermissionError: the user may not read points.
	:raises PeriodError: no period.
	"""
	filters = frappe._dict(filters or {})
	start, end = period_of(filters)
	of_customer = [["customer", "=", filters.customer]] if filters.customer else []
	rows: dict[str, dict] = defaultdict(
		lambda: frappe._dict(earned=0, redeemed=0, expired=0, other=0, gifts=0)
	)
	for entry in sums(
		"Points Entry",
		["customer", "kind", "sum(points) as points"],
		[*within("posting_date", start, end), *of_customer],
		"customer, kind",
	):
		field = COLUMN_OF[entry.kind]
		rows[entry.customer][field] += entry.points if field in ("earned", "other") else -entry.points
	gifts = _gifts(filters, start, end, of_customer)
	for customer, number in gifts.items():
		rows[customer].gifts = number
	if filters.reward:
		rows = {customer: row for customer, row in rows.items() if customer in gifts}
	found = [frappe._dict(row, customer=customer) for customer, row in rows.items()]
	found.sort(key=lambda row: (-row.earned - row.redeemed, row.customer))
	found = found[:MOST]
	_add_balances(found)
	return columns(), found, None, chart(found), summary(found)


def _gifts(filters: dict, start, end, of_customer: list) -> dict[str, int]:
	"""Return how many rewards each customer asked for in the period, without those that were cancelled."""
	if not may_read("Reward Redemption"):
		return {}
	conditions = [["stage", "!=", "Cancelled"], *within("requested_on", start, end), *of_customer]
	if filters.reward:
		conditions.append(["reward", "=", filters.reward])
	found = sums("Reward Redemption", ["customer", "sum(qty) as qty"], conditions, "customer")
	return {row.customer: int(row.qty) for row in found}


def _add_balances(rows: list[dict]) -> None:
	if not rows:
		return
	known = {
		row.customer: row
		for row in frappe.get_list(
			"Points Balance",
			filters={"customer": ("in", [row.customer for row in rows])},
			fields=["customer", "customer_name", "balance"],
			limit_page_length=0,
			order_by=None,
		)
	}
	for row in rows:
		balance = known.get(row.customer) or {}
		row.customer_name, row.balance = balance.get("customer_name"), balance.get("balance")


def chart(rows: list[dict]) -> dict | None:
	"""Return the bars of those who redeemed most."""
	most = sorted(rows, key=lambda row: -row.redeemed)[:SHOWN]
	return stacked_bars(
		[row for row in most if row.redeemed],
		lambda row: row.customer_name or row.customer,
		((_("Redeemed"), "redeemed"),),
	)


def summary(rows: list[dict]) -> list[dict]:
	"""Return the figures above the table."""
	return [
		figure(_("Points Earned"), sum(row.earned for row in rows), indicator="Green"),
		figure(_("Points Redeemed"), sum(row.redeemed for row in rows)),
		figure(_("Gifts"), sum(row.gifts for row in rows)),
	]


def columns() -> list[dict]:
	"""Return the columns; figures lead to the entries."""
	entries = drill("Points Entry", "posting_date", {"customer": "customer"})
	redemptions = drill("Reward Redemption", "requested_on", {"customer": "customer"})
	return [
		column("customer", _("Customer"), "Link", 130, options="Service Customer"),
		column("customer_name", _("Customer Name"), "Data", 180),
		column("earned", _("Earned"), "Int", 100, drill=entries),
		column("redeemed", _("Redeemed"), "Int", 100, drill=entries),
		column("expired", _("Expired"), "Int", 100, drill=entries),
		column("other", _("Adjusted and Taken Back"), "Int", 160, drill=entries),
		column("balance", _("Points Now"), "Int", 110),
		column("gifts", _("Gifts"), "Int", 90, drill=redemptions),
	]
