"""Service-slip Parts Detail (Q29, S17.18, 服务单配件明细表): every part on the completed orders of a period, its price and who pays."""

import frappe
from frappe import _
from frappe.utils import flt

from aftersales.utils.report import column, figure, period_of, stacked_bars, within
from aftersales.utils.report_query import titles

ORDER, LINE = "Service Order", "Service Order Part"
DONE = ("Completed", "Followed Up", "Audited")
OF_ORDER = (
	"name",
	"completed_at",
	"customer",
	"customer_name",
	"product_name",
	"serial_no",
	"outlet",
	"technician",
)
OF_LINE = (
	"spare_part",
	"part_name",
	"qty",
	"rate",
	"amount",
	"charge_to",
	"customer_amount",
	"old_serial_no",
)
MOST, BARS = 5000, 12


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows, message, chart and summary; called by Frappe. One statement, and one for names.

	:param filters: `from_date`, `to_date` of the completion; `outlet` with all below, `technician`, `customer`, `spare_part`, `charge_to`.
	:raises PeriodError: a day is missing, or the period ends before it begins.
	:raises frappe.PermissionError: the user may not read orders.
	"""
	filters = frappe._dict(filters or {})
	rows = read(filters)
	message = None
	if len(rows) > MOST:
		message = _("More than {0} parts; the first are shown. Narrow the filters.").format(MOST)
		rows = rows[:MOST]
	people = titles("Technician", (row.technician for row in rows))
	for row in rows:
		row.technician_name = people.get(row.technician)
		row.charge_to = _(row.charge_to or "")
	summary = [
		figure(_("Quantity"), sum(flt(row.qty) for row in rows), "Float"),
		figure(_("Amount"), sum(flt(row.amount) for row in rows), "Currency"),
		figure(_("Customer Pays"), sum(flt(row.customer_amount) for row in rows), "Currency", "Green"),
	]
	return columns(), rows, message, chart(rows), summary


def read(filters: dict) -> list[dict]:
	"""Return the lines, in the order in which the orders were completed."""
	conditions = [[ORDER, "stage", "in", DONE], *within("completed_at", *period_of(filters), doctype=ORDER)]
	conditions.append([LINE, "spare_part", "is", "set"])
	for doctype, field in (
		(ORDER, "technician"),
		(ORDER, "customer"),
		(LINE, "spare_part"),
		(LINE, "charge_to"),
	):
		if filters.get(field):
			conditions.append([doctype, field, "=", filters[field]])
	if filters.get("outlet"):
		conditions.append([ORDER, "outlet", "descendants of (inclusive)", filters.outlet])
	return frappe.get_list(
		ORDER,
		filters=conditions,
		fields=[
			*(f"`tab{ORDER}`.`{field}`" for field in OF_ORDER),
			*(f"`tab{LINE}`.`{field}`" for field in OF_LINE),
			f"`tab{LINE}`.`serial_no` as part_serial_no",
		],
		order_by=f"`tab{ORDER}`.completed_at asc, `tab{ORDER}`.name asc, `tab{LINE}`.idx asc",
		limit_page_length=MOST + 1,
		ignore_ifnull=True,
	)


def columns() -> list[dict]:
	"""Return the columns."""
	return [
		column("name", _("Service Order"), "Link", 140, options=ORDER),
		column("completed_at", _(frappe.get_meta(ORDER).get_label("completed_at")), "Datetime", 160),
		column("spare_part", _("Part No."), "Link", 120, options="Spare Part"),
		column("part_name", _("Part Name"), "Data", 150),
		column("qty", _("Qty"), "Float", 80, precision=3),
		column("rate", _("Rate"), "Currency", 100, disable_total=True),
		column("amount", _("Amount"), "Currency", 110),
		column("charge_to", _("Charge to"), "Data", 100),
		column("customer_amount", _("Customer Pays"), "Currency", 120),
		column("part_serial_no", _("Serial No. of the Part"), "Data", 130),
		column("old_serial_no", _("Old Serial No."), "Data", 130),
		column("customer_name", _("Customer Name"), "Data", 130),
		column("product_name", _("Product Name"), "Data", 130),
		column("serial_no", _("Serial No."), "Data", 120),
		column("outlet", _("Outlet"), "Link", 140, options="Service Outlet"),
		column("technician_name", _("Technician Name"), "Data", 120),
	]


def chart(rows: list[dict]) -> dict | None:
	"""Return bars of the parts that were used most."""
	used: dict[str, float] = {}
	for row in rows:
		name = row.part_name or row.spare_part
		used[name] = used.get(name, 0) + flt(row.qty)
	most = sorted(used.items(), key=lambda item: (-item[1], item[0]))[:BARS]
	return stacked_bars([{"part": part, "qty": qty} for part, qty in most], "part", [(_("Quantity"), "qty")])
