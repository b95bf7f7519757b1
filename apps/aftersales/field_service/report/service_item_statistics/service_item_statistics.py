"""Service-item Statistics: how often each service item was done in a period, its hours and fees, and who paid (S17.18)."""

import frappe
from frappe import _
from frappe.utils import add_days, flt

from aftersales.utils.report import column, period_of, stacked_bars

DOCTYPE, LINE = "Service Order", "tabService Order Item"
GROUPS = {
	"Service Item": None,
	"Outlet": "outlet",
	"Technician": "technician",
	"Product Category": "product_category",
}
LINKS = {"Outlet": "Service Outlet", "Technician": "Technician", "Product Category": "Product Category"}
# Frappe's lists multiply nothing, so lines of different standard hours are read apart.
LINE_GROUPS = ("service_item", "charge_to", "standard_hours")
BARS = 10


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows, message and chart; called by Frappe.

	:param filters: `from_date`, `to_date` of the completion, `group_by` (see `GROUPS`), optionally `service_item`, `outlet`
	    (with all below it).
	:raises PeriodError: a day is missing, or the period ends before it begins.
	:raises frappe.PermissionError: the user may not read orders.
	"""
	filters = frappe._dict(filters or {})
	group = filters.group_by if filters.group_by in GROUPS else "Service Item"
	rows = make_rows(read(group, filters))
	return columns(group), rows, None, chart(rows)


def read(group: str, filters: dict) -> list[dict]:
	"""Return sums over the lines of completed orders; one statement with the user's permissions on orders."""
	start, end = period_of(filters)
	conditions = [
		[DOCTYPE, "completed_at", ">=", start],
		[DOCTYPE, "completed_at", "<", add_days(end, 1)],
		["Service Order Item", "service_item", "is", "set"],
	]
	if filters.get("service_item"):
		conditions.append(["Service Order Item", "service_item", "=", filters.service_item])
	if filters.get("outlet"):
		conditions.append([DOCTYPE, "outlet", "descendants of (inclusive)", filters.outlet])
	by = f"`tabService Order`.`{GROUPS[group]}`" if GROUPS[group] else None
	return frappe.get_list(
		DOCTYPE,
		filters=conditions,
		fields=[
			*([f"{by} as value"] if by else []),
			f"`{LINE}`.`service_item` as service_item",
			f"`{LINE}`.`charge_to` as charge_to",
			f"count(`{LINE}`.`name`) as times",
			f"sum(`{LINE}`.`qty`) as qty",
			f"`{LINE}`.`standard_hours` as standard_hours",
			f"sum(`{LINE}`.`amount`) as amount",
			f"sum(`{LINE}`.`customer_amount`) as customer_amount",
		],
		group_by=", ".join(filter(None, [by, *(f"`{LINE}`.`{field}`" for field in LINE_GROUPS)])),
		order_by=None,
		limit_page_length=0,
		ignore_ifnull=True,
	)


def make_rows(groups: list[dict]) -> list[dict]:
	"""Return one row for each group and service item, the most frequent first."""
	rows: dict[tuple, dict] = {}
	for group in groups:
		key = (group.get("value"), group.service_item)
		row = rows.setdefault(
			key,
			{
				"value": key[0],
				"service_item": key[1],
				**dict.fromkeys(
					("times", "qty", "hours", "amount", "warranty", "agreement", "customer_amount"), 0
				),
			},
		)
		for field in ("times", "qty", "amount", "customer_amount"):
			row[field] += flt(group[field])
		row["hours"] += flt(group.qty) * flt(group.standard_hours)
		if group.charge_to in ("Warranty", "Agreement"):
			row[group.charge_to.lower()] += flt(group.amount) - flt(group.customer_amount)
	return sorted(rows.values(), key=lambda row: (-row["times"], row["service_item"], row["value"] or ""))


def columns(group: str) -> list[dict]:
	"""Return the columns."""
	own = [column("value", _(group), "Link", 180, options=LINKS[group])] if group in LINKS else []
	return [
		*own,
		column("service_item", _("Service Item"), "Link", 220, options="Service Item"),
		column("times", _("Times"), "Int", 90),
		column("qty", _("Qty"), "Float", 90),
		column("hours", _("Standard Hours"), "Float", 120),
		column("amount", _("Amount"), "Currency", 120),
		column("warranty", _("Warranty Pays"), "Currency", 120),
		column("agreement", _("Agreement Pays"), "Currency", 120),
		column("customer_amount", _("Customer Pays"), "Currency", 120),
	]


def chart(rows: list[dict]) -> dict | None:
	"""Return a bar for each of the most frequent service items."""
	times: dict[str, float] = {}
	for row in rows:
		times[row["service_item"]] = times.get(row["service_item"], 0) + row["times"]
	most = sorted(times.items(), key=lambda item: (-item[1], item[0]))[:BARS]
	return stacked_bars([{"item": _(item), "times": n} for item, n in most], "item", [(_("Times"), "times")])
