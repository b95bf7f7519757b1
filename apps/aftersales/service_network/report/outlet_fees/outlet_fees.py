"""Outlet Fees: what service cost in a period, by subject or unit, in sums or fee by fee (Q11, S2.35, S2.37)."""

import frappe
from frappe import _

from aftersales.knowledge.finder import subtree
from aftersales.service_network import fee_reports
from aftersales.service_network.fees import FEE, OUTLET
from aftersales.utils.report import column, drill, period_of, stacked_bars
from aftersales.utils.report_query import sums

GROUPS = {"outlet": OUTLET, "branch": OUTLET, "service_centre": OUTLET, "employee": "User"}
IN_CHART = 15


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows, a sentence and a chart; called by Frappe.

	:param filters: `from_date`, `to_date` (day in the books); `view` (Summary or List), `group_by`, `outlet` (with those
		below it), `fee_kind`.
	:raises PeriodError: the period is incomplete or ends before it begins.
	:raises frappe.PermissionError: the user may not read fees.
	"""
	filters = frappe._dict(filters or {})
	wanted = conditions(filters)
	if filters.view == "List":
		return list_columns(), fees(wanted)
	group = filters.group_by if filters.group_by in GROUPS else "outlet"
	rows = summary(wanted, group)
	series = [(name, fee_reports.field_of(kind)) for kind, name in fee_reports.kind_names().items()]
	chart = stacked_bars(
		rows[:IN_CHART], lambda row: row.subject or _("Headquarters"), series, fieldtype="Currency"
	)
	return summary_columns(group), rows, None, chart


def conditions(filters: dict) -> list:
	"""Return the conditions that the filters ask for."""
	start, end = period_of(filters)
	wanted = [["fee_date", "between", [start, end]]]
	if filters.get("outlet"):
		wanted.append(["outlet", "in", subtree(OUTLET, filters["outlet"])])
	if filters.get("fee_kind"):
		wanted.append(["fee_kind", "=", filters["fee_kind"]])
	return wanted


def summary(wanted: list, group: str) -> list[dict]:
	"""Return one row for each subject, the dearest first. Two statements."""
	orders = dict(
		frappe.get_list(
			FEE,
			filters=wanted,
			fields=[group, "count(distinct service_order) as orders"],
			group_by=group,
			order_by=None,
			limit_page_length=0,
			as_list=True,
			ignore_ifnull=True,
		)
	)
	fields = [group, "fee_kind", "paid", "left(settled_on, 1) as settled", "sum(amount) as amount"]
	parts = sums(FEE, fields, wanted, f"{group}, fee_kind, paid, left(settled_on, 1)")
	rows = fee_reports.by_kind(parts, (group,))
	for row in rows:
		row.subject, row.orders = row[group], orders.get(row[group], 0)
	return sorted(rows, key=lambda row: (-row.total, row.subject or ""))


def fees(wanted: list) -> list[dict]:
	"""Return the fees one by one."""
	rows = frappe.get_list(
		FEE,
		filters=wanted,
		fields=[
			"name",
			"fee_date",
			"service_order",
			"order_date",
			"outlet",
			"branch",
			"employee",
			"fee_kind",
			"paid_by",
			"amount",
			"settlement",
			"settled_on",
			"paid",
		],
		order_by="fee_date asc, name asc",
		limit_page_length=0,
		ignore_ifnull=True,
	)
	names = fee_reports.kind_names()
	for row in rows:
		row.fee_kind, row.paid_by = names[row.fee_kind], _(row.paid_by)
	return rows


def summary_columns(group: str) -> list[dict]:
	"""Return the columns of the sums."""
	label = {
		"outlet": _("Outlet"),
		"branch": _("Branch"),
		"service_centre": _("Service Centre"),
		"employee": _("Employee"),
	}[group]
	return [
		column("subject", label, "Link", 200, options=GROUPS[group]),
		column("orders", _("Orders"), "Int", 80, drill=drill(FEE, "fee_date", {group: "subject"})),
		*fee_reports.kind_columns(),
		column("settled", _("Settled"), "Currency", 120),
		column("paid", _("Paid"), "Currency", 120),
		column("open", _("Open"), "Currency", 120),
	]


def list_columns() -> list[dict]:
	"""Return the columns of the list."""
	return [
		column("name", _("Service Fee"), "Link", 140, options=FEE),
		column("fee_date", _("Booked on"), "Date", 110),
		column("service_order", _("Service Order"), "Link", 140, options="Service Order"),
		column("order_date", _("Work Done on"), "Date", 110),
		column("outlet", _("Outlet"), "Link", 160, options=OUTLET),
		column("branch", _("Branch"), "Link", 140, options=OUTLET),
		column("employee", _("Employee"), "Link", 160, options="User"),
		column("fee_kind", _("Fee Kind"), width=90),
		column("paid_by", _("Paid by"), width=90),
		column("amount", _("Amount"), "Currency", 110),
		column("settlement", _("Settlement"), "Link", 140, options="Settlement"),
		column("settled_on", _("Settled on"), "Date", 110),
		column("paid", _("Paid"), "Check", 70),
	]
