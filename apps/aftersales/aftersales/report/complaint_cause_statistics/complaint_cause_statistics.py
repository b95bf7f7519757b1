"""Complaint-cause Statistics (Q29, S17.18, 客户投诉原因统计): why customers complained in a period, whether rightly, and what it cost."""

import frappe
from frappe import _
from frappe.utils import cint, flt

from aftersales.aftersales.complaint_reports import DOCTYPE, conditions_of, period_of, period_text
from aftersales.utils.report import average, change, column, drill, figure, share, stacked_bars
from aftersales.utils.report_periods import before
from aftersales.utils.report_query import name_groups, sums

# What counts as the cause -> what is grouped by. Root causes are texts: their beginnings tell them apart.
CAUSES = {
	"Complaint Type": "complaint_type",
	"Root Cause": "left(root_cause, 140)",
	"Complained About": "target_doctype",
	"Product": "product",
	"Department": "department",
}
LINKS = {"Complaint Type": "Complaint Type", "Product": "Product", "Department": "Service Department"}
BARS = 12


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows, message, chart and summary; called by Frappe.

	:param filters: `from_date`, `to_date`, `cause` (see `CAUSES`) and fields of `complaint_reports.FIELDS`.
	:raises PeriodError: the period ends before it begins.
	:raises frappe.PermissionError: the user may not read complaints.
	"""
	filters = frappe._dict(filters or {})
	cause = filters.cause if filters.cause in CAUSES else "Complaint Type"
	rows = read(cause, filters)
	start, end = before(*period_of(filters))
	earlier = read(cause, frappe._dict(filters, from_date=str(start), to_date=str(end)))
	numbers = {row.value or "": row.complaints for row in earlier}
	total = sum(row.complaints for row in rows)
	for row in rows:
		row.share = share(row.complaints, total)
		row.before = numbers.get(row.value or "", 0)
		row.change = change(row.complaints, row.before)
		row.amount_average = average(row.amount, row.complaints, 2)
	series = [(_("Upheld"), "upheld"), (_("Not Upheld"), "not_upheld"), (_("Not Decided"), "undecided")]
	chart = stacked_bars(rows[:BARS], "label", series, colors=["red", "green", "grey"])
	summary = [
		figure(_("Complaints and Suggestions"), total),
		figure(_("Period Before"), sum(numbers.values()), indicator="Gray"),
		figure(_("Compensation Amount"), sum(row.amount for row in rows), "Currency", "Orange"),
	]
	return columns(cause), rows, period_text(filters), chart, summary


def read(cause: str, filters: dict) -> list[dict]:
	"""Return the causes with their figures, the most frequent first; one statement and one for names."""
	by = CAUSES[cause]
	rows = sums(
		DOCTYPE,
		[
			f"{by} as value",
			"count(name) as complaints",
			"upheld as decision",
			"count(handled_on) as handled",
			"sum(handled_late) as late",
			"sum(compensation_amount) as amount",
		],
		[*([] if filters.kind else [["kind", "!=", "Praise"]]), *conditions_of(filters)],
		f"{by}, upheld",
	)
	for row in rows:
		row.upheld = row.complaints if row.decision == "Upheld" else 0
		row.not_upheld = row.complaints if row.decision == "Not Upheld" else 0
	rows = name_groups(rows, LINKS.get(cause))
	for row in rows:
		row.update({name: cint(row[name]) for name in ("handled", "late")})
		row.undecided = row.complaints - row.upheld - row.not_upheld
		row.amount = flt(row.amount)
	return sorted(rows, key=lambda row: (-row.complaints, row.label))


def columns(cause: str) -> list[dict]:
	"""Return the columns."""
	by = CAUSES[cause]
	there = None if "(" in by else drill(DOCTYPE, "received_on", {by: "value"})
	return [
		column("label", _(cause), "Data", 240),
		column("complaints", _("Complaints"), "Int", 110, drill=there),
		column("share", _("Share (%)"), "Float", 90, disable_total=True),
		column("before", _("Period Before"), "Int", 120),
		column("change", _("Change (%)"), "Float", 100, disable_total=True),
		column("upheld", _("Upheld"), "Int", 90),
		column("not_upheld", _("Not Upheld"), "Int", 110),
		column("handled", _("Handled"), "Int", 90),
		column("late", _("Late"), "Int", 80),
		column("amount", _("Compensation Amount"), "Currency", 150),
		column("amount_average", _("Average Amount"), "Currency", 130, disable_total=True),
	]
