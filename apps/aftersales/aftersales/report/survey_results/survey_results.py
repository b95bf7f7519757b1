"""Survey Results (S18.16): per question how many answered, the average and the distribution; NPS; low scores.

Questions are counted as they were asked: one that was changed in its template stands there twice. Everything is counted by the
database, in two statements, with the permissions of the user.
"""

from collections import defaultdict

import frappe
from frappe import _
from frappe.utils import flt

from aftersales.aftersales.follow_up_reports import between
from aftersales.utils.report import column, period_of

RESPONSE, ANSWER = "Survey Response", "Survey Answer"


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows, message, chart and summary; called by Frappe.

	:param filters: `from_date`, `to_date`, `survey_template`, optionally `channel`.
	:raises PeriodError: the period is incomplete or ends before it begins.
	:raises frappe.PermissionError: the user may not read responses.
	"""
	filters = frappe._dict(filters or {})
	conditions = between(RESPONSE, "answered_on", *period_of(filters))
	for field in ("survey_template", "channel"):
		if filters.get(field):
			conditions.append([RESPONSE, field, "=", filters.get(field)])
	rows = make_rows(distribution(conditions))
	return columns(), rows, None, chart(rows), summary(conditions, rows)


def distribution(conditions: list) -> dict[tuple, dict]:
	"""Return {(question, kind, scale): {answer: how many}}; texts are counted only."""
	fields = [
		f"`tab{ANSWER}`.{field} as {field}" for field in ("question", "kind", "scale", "number", "choice")
	]
	rows = frappe.get_list(
		RESPONSE,
		# The join leaves a response without answers in, as one row of nothing.
		filters=[*conditions, [ANSWER, "question", "is", "set"]],
		fields=[*fields, f"count(`tab{ANSWER}`.name) as answers"],
		group_by=", ".join(
			f"`tab{ANSWER}`.{field}" for field in ("question", "kind", "scale", "number", "choice")
		),
		order_by=f"`tab{ANSWER}`.question",
		limit_page_length=0,
		ignore_ifnull=True,
	)
	found = defaultdict(lambda: defaultdict(int))
	for row in rows:
		answer = row.choice if row.kind == "Choice" else row.number if row.kind != "Text" else _("Text")
		found[(row.question, row.kind, row.scale if row.kind != "Choice" else 0)][answer] += row.answers
	return found


def make_rows(found: dict) -> list[dict]:
	"""Return one row per question."""
	rows = []
	for (question, kind, scale), answers in found.items():
		total = sum(answers.values())
		row = {
			"question": _(question),
			"kind": _(kind),
			"of_kind": kind,
			"answers": total,
			"scale": scale or None,
		}
		if kind in ("Score", "NPS"):
			row["average"] = flt(sum(number * count for number, count in answers.items()) / total, 2)
		if kind == "NPS":
			row["nps"] = net_promoters(answers)
		parts = sorted(answers.items(), key=lambda part: str(part[0]).zfill(3))
		row["distribution"] = " · ".join(
			f"{_(answer) if isinstance(answer, str) else answer}: {count} ({flt(100 * count / total, 1):g} %)"
			for answer, count in parts
		)
		row["counted"] = dict(parts)
		rows.append(row)
	return rows


def net_promoters(answers: dict[int, int]) -> float:
	"""Return the Net Promoter Score, from -100 to 100: share of 9 and 10 less share of 0 to 6."""
	total = sum(answers.values())
	promoters = sum(count for number, count in answers.items() if number >= 9)
	detractors = sum(count for number, count in answers.items() if number <= 6)
	return flt(100 * (promoters - detractors) / total, 1)


def columns() -> list[dict]:
	"""Return the columns."""
	return [
		column("question", _("Question"), width=320),
		column("kind", _("Kind"), width=80),
		column("answers", _("Answers"), "Int", 90),
		column("average", _("Average"), width=90),
		column("scale", _("Scale"), "Int", 70),
		column("nps", _("Net Promoter Score"), width=140),
		column("distribution", _("Distribution"), width=480),
	]


def chart(rows: list[dict]) -> dict | None:
	"""Return the averages of the score questions, as per cent of the best."""
	scored = [row for row in rows if row["of_kind"] == "Score" and row["scale"]]
	if not scored:
		return None
	values = [flt(100 * (row["average"] - 1) / (row["scale"] - 1), 1) for row in scored]
	labels = [row["question"][:40] for row in scored]
	return {
		"data": {"labels": labels, "datasets": [{"name": _("Average (%)"), "values": values}]},
		"type": "bar",
	}


def summary(conditions: list, rows: list[dict]) -> list[dict]:
	"""Return the figures above the chart."""
	fields = [
		"count(name) as number",
		"sum(low) as low",
		"sum(scored) as scored",
		"sum(total_score * scored) as points",
	]
	total = frappe.get_list(RESPONSE, filters=conditions, fields=fields, order_by=None, limit_page_length=0)[
		0
	]
	found = [
		{"label": _("Responses"), "value": total.number, "datatype": "Int", "indicator": "Blue"},
		{
			"label": _("Average Score (%)"),
			"value": flt(total.points / total.scored, 1) if total.scored else 0,
			"datatype": "Float",
			"precision": 1,
			"indicator": "Green",
		},
		{
			"label": _("Low Scores"),
			"value": total.low or 0,
			"datatype": "Int",
			"indicator": "Red" if total.low else "Gray",
		},
	]
	nps = [row["nps"] for row in rows if row["of_kind"] == "NPS"]
	if nps:
		found.append(
			{
				"label": _("Net Promoter Score"),
				"value": nps[0],
				"datatype": "Float",
				"precision": 1,
				"indicator": "Blue",
			}
		)
	return found
