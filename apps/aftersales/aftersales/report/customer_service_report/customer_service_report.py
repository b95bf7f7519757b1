"""Customer Service Report (Q08, S2.46, 客户服务报告): the indicators of service by region and period, each beside the period before and
the year before: complaint rate of products, failure rate of components, complaints against departments, satisfaction."""

import frappe
from frappe import _

from aftersales.aftersales.service_indicators import INDICATORS
from aftersales.utils.report import column, figure, period_of, period_text, share, stacked_bars
from aftersales.utils.report_periods import before, year_ago
from aftersales.utils.report_query import titles

BARS = 15


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows, message, chart and summary; called by Frappe. At most five statements per period.

	:param filters: `from_date`, `to_date`, `indicator` (see `service_indicators.INDICATORS`); `region`, `product_category`, each with all
	    below.
	:raises PeriodError: a day is missing, or the period ends before it begins.
	:raises frappe.PermissionError: the user may not read what the indicator counts.
	"""
	filters = frappe._dict(filters or {})
	name = filters.indicator if filters.indicator in INDICATORS else next(iter(INDICATORS))
	indicator = INDICATORS[name]
	start, end = period_of(filters)
	now, earlier, last_year = (
		indicator.count(filters, *period)
		for period in ((start, end), before(start, end), year_ago(start, end))
	)
	rows = make_rows(indicator, now, earlier, last_year)
	message = _("{0}. Period before: {1}. A year ago: {2}.").format(
		indicator.explanation(), period_text(*before(start, end)), period_text(*year_ago(start, end))
	)
	return columns(indicator), rows, message, chart(indicator, rows), summary(indicator, rows)


def make_rows(indicator, now: dict, earlier: dict, last_year: dict) -> list[dict]:
	"""Return the rows with their rates, the highest rate first; what has only a base now, and had cases then, is there too."""
	named = titles(indicator.link, now) if indicator.link else {}
	rows = []
	for value, (cases, base) in now.items():
		then, once = earlier.get(value, (0, 0)), last_year.get(value, (0, 0))
		if not (cases or then[0] or once[0]):
			continue
		row = {
			"value": value,
			"label": named.get(value) or _(value) or _("Not Specified"),
			"cases": cases,
			"base": base,
			"rate": share(cases, base, 2),
			"rate_before": share(*then, 2),
			"rate_year_ago": share(*once, 2),
		}
		known = row["rate"] is not None and row["rate_before"] is not None
		row["difference"] = round(row["rate"] - row["rate_before"], 2) if known else None
		rows.append(row)
	return sorted(rows, key=lambda row: (-(row["rate"] or 0), -row["cases"], row["label"]))


def columns(indicator) -> list[dict]:
	"""Return the columns."""
	cases, base, rate = indicator.labels()
	figures = {"fieldtype": "Float", "precision": 2, "disable_total": True}
	return [
		column("label", _(indicator.of), "Data", 240),
		column("cases", cases, "Int", 150),
		column("base", base, "Int", 170, disable_total=True),
		column("rate", rate, width=180, **figures),
		column("rate_before", _("Period Before"), width=130, **figures),
		column("difference", _("Difference"), width=110, **figures),
		column("rate_year_ago", _("A Year Ago"), width=120, **figures),
	]


def chart(indicator, rows: list[dict]) -> dict | None:
	"""Return bars of the rates, beside those of the period before."""
	rate = indicator.labels()[2]
	series = [
		(rate, lambda row: row["rate"] or 0),
		(_("Period Before"), lambda row: row["rate_before"] or 0),
	]
	picture = stacked_bars(rows[:BARS], "label", series, colors=["blue", "grey"])
	return picture and {**picture, "barOptions": {}}


def summary(indicator, rows: list[dict]) -> list[dict]:
	"""Return the figures above the table."""
	cases = sum(row["cases"] for row in rows)
	found = [figure(indicator.labels()[0], cases)]
	if indicator.adds_up:
		rate = share(cases, sum(row["base"] for row in rows), 2)
		found.append(figure(indicator.labels()[2], rate, "Float", "Orange"))
	return found
