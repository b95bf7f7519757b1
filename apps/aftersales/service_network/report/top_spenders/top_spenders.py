"""Top Spenders: who paid most in a period, for purchases and for service (S6.03, S6.13)."""

import frappe
from frappe import _
from frappe.utils import cint, flt

from aftersales.service_network import spending
from aftersales.utils.report import chosen, column, drill, period_of, share, stacked_bars

MOST, SHOWN, AT_A_TIME = 500, 12, 500


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows, nothing and a chart.

	:param filters: `from_date`, `to_date`, `top` (how many, 20), `customer_group`, `region`, `vip_level`.
	:raises frappe.PermissionError: the user may not read customers.
	:raises PeriodError: no period.
	"""
	filters = frappe._dict(filters or {})
	start, end = period_of(filters)
	amounts = spending.spent(start, end, own_outlets=True)
	top = min(cint(filters.top) or 20, MOST)
	total = sum(amounts.values())
	rows = readable(list(amounts), filters, top)
	for place, row in enumerate(rows, 1):
		row.place, row.spent, row.share = (
			place,
			flt(amounts[row.customer]),
			share(amounts[row.customer], total),
		)
	picture = stacked_bars(
		rows[:SHOWN],
		lambda row: row.customer_name or row.customer,
		((_("Spent"), "spent"),),
		fieldtype="Currency",
	)
	return columns(), rows, None, picture


def readable(names: list[str], filters: dict, top: int) -> list[dict]:
	"""Return the first of the customers that the user may read and the filters ask for, in the order of the names."""
	conditions = chosen(filters, "vip_level", trees=("customer_group", "region"))
	found: list[dict] = []
	for start in range(0, max(len(names), 1), AT_A_TIME):
		some = names[start : start + AT_A_TIME]
		known = {
			row.customer: row
			for row in frappe.get_list(
				"Service Customer",
				filters=[["name", "in", [*some, ""]], *conditions],
				fields=["name as customer", "customer_name", "vip_level", "account_owner"],
				limit_page_length=0,
				order_by=None,
			)
		}
		found += [known[name] for name in some if name in known]
		if len(found) >= top:
			break
	return found[:top]


def columns() -> list[dict]:
	"""Return the columns."""
	paid = drill("Sale Collection", "collected_on", {"customer": "customer"})
	return [
		column("place", _("Place"), "Int", 70),
		column("customer", _("Customer"), "Link", 130, options="Service Customer"),
		column("customer_name", _("Customer Name"), "Data", 200),
		column("spent", _("Spent"), "Currency", 140, drill=paid),
		column("share", _("Share of All"), "Percent", 90),
		column("vip_level", _("VIP Level"), "Link", 120, options="VIP Level"),
		column("account_owner", _("Account Owner"), "Link", 180, options="User"),
	]
