"""Complaint Statistics (S7.22): complaints of any period counted by type, department, handler, product or month.

One statement counts everything, through `frappe.get_list`, so that users see figures of what they may read.
"""

from collections import defaultdict

import frappe
from frappe import _
from frappe.utils import cint, flt

from aftersales.aftersales.complaint_reports import DOCTYPE, conditions_of, period_text
from aftersales.utils.people import full_names
from aftersales.utils.report import column, drill, stacked_bars

# Mode -> field that is counted by.
MODES = {
	"Complaint Type": "complaint_type",
	"Department": "department",
	"Handler": "handler",
	"Product": "product",
	"Channel": "channel",
	"Kind": "kind",
	"Month": "left(received_on, 7)",
}
FIGURES = (
	"total",
	"open",
	"upheld",
	"not_upheld",
	"handled",
	"on_time",
	"late",
	"satisfied",
	"neutral",
	"dissatisfied",
)
SATISFIED = ("Very Satisfied", "Satisfied")
DISSATISFIED = ("Dissatisfied", "Very Dissatisfied")
LARGEST_GROUPS = 12  # in the chart; the table has them all


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows, message, chart and summary; called by Frappe.

	:param filters: `mode` (see `MODES`), `from_date`, `to_date` and fields of `complaint_reports.FIELDS`.
	:raises PeriodError: the period ends before it begins.
	:raises frappe.PermissionError: the user may not read complaints.
	"""
	filters = frappe._dict(filters or {})
	mode = filters.mode if filters.mode in MODES else "Complaint Type"
	rows = make_rows(mode, frappe.get_list(DOCTYPE, **query(mode, filters)))
	return columns(mode), rows, message(filters, rows), chart(rows), summary(rows)


def query(mode: str, filters: dict) -> dict:
	"""Return the arguments of `frappe.get_list` that count."""
	group = MODES[mode]
	return {
		"filters": conditions_of(filters),
		"fields": [
			f"{group} as group_value",
			"stage",
			"upheld",
			"satisfaction",
			"handled_late",
			"count(name) as number",
			"count(handled_on) as handled",
			"sum(hours_taken) as hours",
			"sum(compensation_amount) as amount",
		],
		"group_by": f"{group}, stage, upheld, satisfaction, handled_late",
		"order_by": f"{group} asc",
		"limit_page_length": 0,
		# Early releases of Frappe 15 would otherwise wrap the date in ifnull(), and no index could be used.
		"ignore_ifnull": True,
	}


def make_rows(mode: str, counts: list) -> list[dict]:
	"""Return one row per group, the largest first, or by month."""
	groups = defaultdict(lambda: {**dict.fromkeys(FIGURES, 0), "hours": 0.0, "amount": 0.0})
	for entry in counts:
		add(groups[entry.group_value or ""], entry)
	names = full_names(groups) if mode == "Handler" else {}
	rows = [finish(mode, group, figures, names) for group, figures in groups.items()]
	if mode == "Month":
		return sorted(rows, key=lambda row: row["group"])
	return sorted(rows, key=lambda row: (-row["total"], row["label"]))


def add(figures: dict, entry: dict) -> None:
	"""Add a counted combination to its group."""
	handled = cint(entry.handled)
	figures["total"] += entry.number
	figures["open"] += entry.number if entry.stage != "Done" else 0
	figures["upheld"] += entry.number if entry.upheld == "Upheld" else 0
	figures["not_upheld"] += entry.number if entry.upheld == "Not Upheld" else 0
	figures["handled"] += handled
	figures["late" if entry.handled_late else "on_time"] += handled
	figures["satisfied"] += entry.number if entry.satisfaction in SATISFIED else 0
	figures["neutral"] += entry.number if entry.satisfaction == "Neutral" else 0
	figures["dissatisfied"] += entry.number if entry.satisfaction in DISSATISFIED else 0
	figures["hours"] += flt(entry.hours)
	figures["amount"] += flt(entry.amount)


def finish(mode: str, group: str, figures: dict, names: dict[str, str]) -> dict:
	"""Return the row of a group with its averages and shares; a share of nothing is empty."""
	answered = figures["satisfied"] + figures["neutral"] + figures["dissatisfied"]
	hours = figures.pop("hours")
	return {
		"group": group,
		"label": label_of(mode, group, names),
		**figures,
		"hours_average": flt(hours / figures["handled"], 1) if figures["handled"] else None,
		"on_time_share": share(figures["on_time"], figures["handled"]),
		"satisfaction_share": share(figures["satisfied"], answered),
	}


def share(part: int, whole: int) -> float | None:
	"""Return a percentage."""
	return flt(100 * part / whole, 1) if whole else None


def label_of(mode: str, group: str, names: dict[str, str]) -> str:
	"""Return a group's name as people read it."""
	if not group:
		return _("Not Specified")
	return names.get(group, group) if mode == "Handler" else _(group)


def columns(mode: str) -> list[dict]:
	"""Return the columns."""
	there = drill(DOCTYPE, "received_on", {MODES[mode]: "group"}) if "(" not in MODES[mode] else None
	return [
		column("label", _(mode), width=200),
		column("total", _("Total"), "Int", 80, drill=there),
		column("open", _("Not Closed"), "Int", 110),
		column("upheld", _("Upheld"), "Int", 80),
		column("not_upheld", _("Not Upheld"), "Int", 110),
		column("handled", _("Handled"), "Int", 90),
		column("on_time", _("On Time"), "Int", 90),
		column("late", _("Late"), "Int", 80),
		column("on_time_share", _("On Time (%)"), "Float", 120, disable_total=True),
		column("hours_average", _("Average Hours"), "Float", 135, disable_total=True),
		column("satisfied", _("Satisfied"), "Int", 90),
		column("neutral", _("Neutral"), "Int", 80),
		column("dissatisfied", _("Dissatisfied"), "Int", 120),
		column("satisfaction_share", _("Satisfied (%)"), "Float", 120, disable_total=True),
		column("amount", _("Compensation Amount"), "Currency", 150),
	]


def message(filters: dict, rows: list[dict]) -> str:
	"""Return the sentence above the table."""
	total = sum(row["total"] for row in rows)
	if not total:
		return _("No complaints from {0}.").format(period_text(filters))
	return _("{0} complaints and suggestions from {1}.").format(frappe.bold(total), period_text(filters))


def chart(rows: list[dict]) -> dict | None:
	"""Return bars of the largest groups: handled on time, late, and what is not handled yet."""
	series = [
		(_("On Time"), "on_time"),
		(_("Late"), "late"),
		(_("Not Handled"), lambda row: row["total"] - row["handled"]),
	]
	return stacked_bars(rows[:LARGEST_GROUPS], "label", series, colors=["green", "red", "blue"])


def summary(rows: list[dict]) -> list[dict]:
	"""Return the figures above the chart."""

	def total(field: str) -> float:
		return sum(row[field] for row in rows)

	answered = total("satisfied") + total("neutral") + total("dissatisfied")
	figures = [
		{"label": _("Records"), "value": total("total"), "datatype": "Int", "indicator": "Blue"},
		{"label": _("Upheld"), "value": total("upheld"), "datatype": "Int", "indicator": "Orange"},
		{"label": _("Late"), "value": total("late"), "datatype": "Int", "indicator": "Red"},
	]
	if answered:
		figures.append(
			{
				"label": _("Satisfied (%)"),
				"value": f"{share(total('satisfied'), answered)} %",
				"datatype": "Data",
				"indicator": "Green",
			}
		)
	return figures
