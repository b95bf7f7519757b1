"""Outlet Deposits: what outlets gave as deposit against what the parts that they hold are worth (S2.28)."""

import frappe
from frappe import _
from frappe.utils import flt

from aftersales.utils.report import column


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows and a sentence; called by Frappe.

	:param filters: `outlet`, `only_uncovered` (the deposit is smaller than what is held).
	:raises frappe.PermissionError: the user may not read deposits.
	"""
	filters = frappe._dict(filters or {})
	deposits = dict(
		frappe.get_list(
			"Outlet Deposit",
			filters={"outlet": filters.outlet} if filters.outlet else {},
			fields=["outlet", "balance"],
			as_list=True,
			limit_page_length=0,
		)
	)
	held = held_values(filters.outlet)
	rows = [
		{
			"outlet": outlet,
			"balance": flt(deposits.get(outlet)),
			"held": flt(held.get(outlet)),
			"cover": flt(deposits.get(outlet)) - flt(held.get(outlet)),
		}
		for outlet in sorted(set(deposits) | set(held))
	]
	uncovered = sum(row["cover"] < 0 for row in rows)
	if filters.only_uncovered:
		rows = [row for row in rows if row["cover"] < 0]
	sentence = _("{0} outlets hold parts worth more than their deposit.").format(uncovered)
	return columns(), rows, sentence


def held_values(outlet: str | None) -> dict[str, float]:
	"""Return the value of the parts in each outlet's warehouses, of outlets and warehouses that the user sees."""
	places = dict(
		frappe.get_list(
			"Part Warehouse",
			filters={"is_group": 0, "outlet": outlet or ("is", "set")},
			fields=["name", "outlet"],
			as_list=True,
			limit_page_length=0,
		)
	)
	values: dict[str, float] = {}
	for row in frappe.get_list(
		"Part Balance",
		filters={"warehouse": ("in", list(places))},
		fields=["warehouse", "sum(value) as value"],
		group_by="warehouse",
		order_by="warehouse asc",
		limit_page_length=0,
	):
		values[places[row.warehouse]] = values.get(places[row.warehouse], 0) + flt(row.value)
	return values


def columns() -> list[dict]:
	"""Return the columns."""
	return [
		column("outlet", _("Outlet"), "Link", 220, options="Service Outlet"),
		column("balance", _("Deposit"), "Currency", 150),
		column("held", _("Value of Parts Held"), "Currency", 170),
		column("cover", _("Deposit Less Value"), "Currency", 170),
	]
