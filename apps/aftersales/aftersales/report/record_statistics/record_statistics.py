"""Record Statistics (Q01; S1.38-S1.40): tickets counted by product category, record type or product.

One statement counts everything, through `frappe.get_list`, so that users see counts of what they may read.
"""

import calendar
from collections import defaultdict

import frappe
from frappe import _
from frappe.utils import cint, flt, formatdate, getdate

from aftersales.utils.report import stacked_bars

DOCTYPE = "Service Ticket"
# Mode -> field that is counted by. The mode Product is the second level: the products of a category (S1.39).
MODES = {"Product Category": "product_category", "Record Type": "record_type", "Product": "product"}
LARGEST_GROUPS = 12  # in the chart; the table has them all


class PeriodError(frappe.ValidationError):
	"""The filters name no period."""


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows, message, chart and summary; called by Frappe.

	:param filters: `mode` (see `MODES`), `period` (Month, Year or Range) with `year` and `month` or `from_date` and
	    `to_date`, optionally `status`, `product_category` (for the products of one) and `record_type`.
	:raises PeriodError: the period is incomplete or ends before it begins.
	:raises frappe.PermissionError: the user may not read tickets.
	"""
	filters = frappe._dict(filters or {})
	mode = filters.mode if filters.mode in MODES else "Product Category"
	start, end = period_of(filters)
	splits = splits_of(mode)
	rows = make_rows(mode, splits, count(mode, filters, start, end))
	total = sum(row["total"] for row in rows)
	for row in rows:
		row["share"] = flt(100 * row["total"] / total, 1)
	return (
		columns_of(mode, splits),
		rows,
		message_of(mode, rows, total, start, end),
		chart_of(mode, splits, rows),
		summary_of(rows, total),
	)


def period_of(filters: dict) -> tuple:
	"""Return first and last day that the filters mean.

	:raises PeriodError: a part is missing or out of range, or the range ends before it begins.
	"""
	period = filters.get("period") or "Year"
	if period == "Range":
		if not (filters.get("from_date") and filters.get("to_date")):
			frappe.throw(_("Choose From Date and To Date."), PeriodError)
		start, end = getdate(filters.get("from_date")), getdate(filters.get("to_date"))
		if end < start:
			frappe.throw(_("To Date lies before From Date."), PeriodError)
		return start, end
	year = cint(filters.get("year")) or getdate().year
	if not 1900 <= year <= 9998:
		frappe.throw(_("Enter a year such as {0}.").format(getdate().year), PeriodError)
	if period == "Year":
		return getdate(f"{year}-01-01"), getdate(f"{year}-12-31")
	month = cint(filters.get("month")) or getdate().month
	if not 1 <= month <= 12:
		frappe.throw(_("Choose a month from 1 to 12."), PeriodError)
	return getdate(f"{year}-{month}-01"), getdate(f"{year}-{month}-{calendar.monthrange(year, month)[1]}")


def splits_of(mode: str) -> list[str]:
	"""Return what the columns stand for: record types, or done and not done when the rows are record types."""
	if mode == "Record Type":
		return ["open", "completed"]
	return frappe.get_meta(DOCTYPE).get_field("record_type").options.split("\n")


def count(mode: str, filters: dict, start, end) -> list:
	"""Return rows of group, split and count, by one statement with the user's permissions."""
	return frappe.get_list(DOCTYPE, **query(mode, filters, start, end))


def query(mode: str, filters: dict, start, end) -> dict:
	"""Return the arguments of `frappe.get_list` that count."""
	group = MODES[mode]
	split = "completed" if mode == "Record Type" else "record_type"
	conditions = {"creation_date": ("between", [start, end])}
	for field in ("status", "record_type", "product_category"):
		if filters.get(field):
			conditions[field] = filters.get(field)
	return {
		"filters": conditions,
		"fields": [f"{group} as group_value", f"{split} as split_value", "count(name) as number"],
		"group_by": f"{group}, {split}",
		"order_by": f"{group} asc",
		"limit_page_length": 0,
		# Early releases of Frappe 15 would otherwise wrap the date in ifnull(), and no index could be used.
		"ignore_ifnull": True,
	}


def make_rows(mode: str, splits: list[str], counts: list) -> list[dict]:
	"""Return one row per group, the largest first, with a column per split."""
	groups = defaultdict(lambda: dict.fromkeys(map(column_name, splits), 0))
	for entry in counts:
		split = splits[cint(entry.split_value)] if mode == "Record Type" else entry.split_value
		row = groups[entry.group_value or ""]
		row[column_name(split)] = row.get(column_name(split), 0) + entry.number
	names = product_names(groups) if mode == "Product" else {}
	rows = [
		{
			"group": group,
			"label": names.get(group) or label_of(mode, group),
			**values,
			"total": sum(values.values()),
		}
		for group, values in groups.items()
	]
	return sorted(rows, key=lambda row: (-row["total"], row["label"]))


def label_of(mode: str, group: str) -> str:
	"""Return a group's name as people read it."""
	return _(group) if group else _("Not Specified")


def product_names(codes) -> dict[str, str]:
	"""Return the names of the products that the user may read."""
	rows = frappe.get_list(
		"Product",
		filters={"name": ("in", [code for code in codes if code])},
		fields=["name", "product_name"],
		limit_page_length=0,
	)
	return {row.name: row.product_name for row in rows}


def column_name(split: str | None) -> str:
	"""Return the key of a split's column."""
	return "split_" + frappe.scrub(split or "none")


def columns_of(mode: str, splits: list[str]) -> list[dict]:
	"""Return the columns: group, its name where it has one, a number per split, total and share."""
	columns = [{"fieldname": "label", "label": _(mode), "fieldtype": "Data", "width": 260}]
	if mode == "Product":
		# A link, so that Add Column offers the product's other fields.
		code = {
			"fieldname": "group",
			"label": _("Code"),
			"fieldtype": "Link",
			"options": "Product",
			"width": 100,
		}
		columns.insert(0, code)
	labels = {"open": _("Not Completed"), "completed": _("Completed")}
	for split in splits:
		columns.append(
			{
				"fieldname": column_name(split),
				"label": labels.get(split) or _(split),
				"fieldtype": "Int",
				"width": 110,
				"split": split,
			}
		)
	columns.append({"fieldname": "total", "label": _("Total"), "fieldtype": "Int", "width": 100})
	columns.append(
		{"fieldname": "share", "label": _("Share (%)"), "fieldtype": "Float", "precision": 1, "width": 100}
	)
	return columns


def message_of(mode: str, rows: list[dict], total: int, start, end) -> str:
	"""Return the sentence above the table that says the result."""
	period = f"{formatdate(start)} – {formatdate(end)}"
	if not total:
		return _("No records from {0}.").format(period)
	return _("{0} records from {1}. Most of them: {2} ({3}, {4} %).").format(
		frappe.bold(total),
		period,
		frappe.bold(frappe.utils.escape_html(rows[0]["label"])),
		rows[0]["total"],
		rows[0]["share"],
	)


def chart_of(mode: str, splits: list[str], rows: list[dict]) -> dict | None:
	"""Return bars of the largest groups, stacked by split."""
	labels = {"open": _("Not Completed"), "completed": _("Completed")}
	series = [(labels.get(split) or _(split), column_name(split)) for split in splits]
	return stacked_bars(rows[:LARGEST_GROUPS], "label", series)


def summary_of(rows: list[dict], total: int) -> list[dict]:
	"""Return the figures above the chart."""
	return [
		{"label": _("Records"), "value": total, "datatype": "Int", "indicator": "Blue"},
		{"label": _("Classes"), "value": len(rows), "datatype": "Int", "indicator": "Gray"},
	]
