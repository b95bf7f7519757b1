"""Satisfaction Survey Register (顾客满意度调查情况登记表, S6.40, S8.13): each response of a period with its answers in words."""

from collections import defaultdict

import frappe
from frappe import _

from aftersales.aftersales.follow_up_plans import chunks
from aftersales.aftersales.follow_up_reports import between
from aftersales.utils.people import full_names
from aftersales.utils.report import column, period_of

DOCTYPE = "Survey Response"


def execute(filters: dict | None = None) -> tuple:
	"""Return columns and rows; called by Frappe.

	:param filters: `from_date`, `to_date`, optionally `survey_template`, `customer` and `low`.
	:raises PeriodError: the period is incomplete or ends before it begins.
	:raises frappe.PermissionError: the user may not read responses.
	"""
	filters = frappe._dict(filters or {})
	conditions = between(DOCTYPE, "answered_on", *period_of(filters))
	for field in ("survey_template", "customer", "low"):
		if filters.get(field):
			conditions.append([DOCTYPE, field, "=", filters.get(field)])
	fields = [
		"name",
		"answered_on",
		"customer_name",
		"survey_template",
		"reference_doctype",
		"reference_name",
	]
	fields += ["channel", "taken_by", "total_score", "scored", "nps", "nps_group", "low", "complaint"]
	fields.append("dissatisfaction_handling")
	rows = frappe.get_list(
		DOCTYPE, filters=conditions, fields=fields, order_by="answered_on asc", limit_page_length=0
	)
	answers, people = answers_of([row.name for row in rows]), full_names({row.taken_by for row in rows})
	for number, row in enumerate(rows, start=1):
		row.number = number
		row.answers = "; ".join(answers[row.name])
		row.taken_by = people.get(row.taken_by, "")
		row.channel = _(row.channel)
		row.total_score = row.total_score if row.scored else None
		row.nps = row.nps if row.nps_group else None
	return columns(), rows


def answers_of(names: list[str]) -> dict[str, list[str]]:
	"""Return {response: its answers in words}."""
	found = defaultdict(list)
	fields = ["parent", "question", "kind", "number", "choice", "text"]
	for part in chunks(names):
		filters = {"parent": ("in", part), "parenttype": DOCTYPE}
		for row in frappe.get_all(
			"Survey Answer", filters, fields, order_by="parent, idx", limit_page_length=0
		):
			value = {"Choice": row.choice and _(row.choice), "Text": row.text}.get(row.kind, row.number)
			found[row.parent].append(f"{_(row.question)} {value}")
	return found


def columns() -> list[dict]:
	"""Return the columns, in the order of the paper form."""
	return [
		column("number", _("No."), "Int", 50),
		column("answered_on", _("Answered on"), "Datetime", 140),
		column("customer_name", _("Customer Name"), width=130),
		column("reference_name", _("Document"), "Dynamic Link", 120, options="reference_doctype"),
		column("answers", _("Answers"), width=420),
		column("total_score", _("Score"), "Percent", 80),
		column("nps", "NPS", "Int", 60),
		column("low", _("Low Score"), "Check", 80),
		column("dissatisfaction_handling", _("Dissatisfaction Handling"), width=200),
		column("complaint", _("Complaint"), "Link", 120, options="Customer Complaint"),
		column("channel", _("Channel"), width=70),
		column("taken_by", _("Taken by"), width=100),
		column("name", _("Survey Response"), "Link", 120, options=DOCTYPE),
	]
