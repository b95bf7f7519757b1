"""Answers to a survey: what is allowed, and what they add up to. Knows nothing of the database (S6.08, S18.16)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, flt

TEXT_LENGTH = 2000
NPS_GROUPS = ((9, "Promoter"), (7, "Passive"), (0, "Detractor"))


class SurveyAnswerError(frappe.ValidationError):
	"""An answer is missing or not among those that the question allows."""


def parse(template: Document, given: str | dict | None, complete: bool) -> list[dict]:
	"""Check answers and return them as rows of Survey Answer, each with its question as it was asked.

	:param template: Survey Template.
	:param given: {name of the Survey Question: answer}, as dict or JSON; empty answers count as none.
	:param complete: whether required questions must be answered.
	:raises SurveyAnswerError: an answer that the question does not allow, or a required one is missing.
	"""
	answers = frappe.parse_json(given or "{}")
	if not isinstance(answers, dict):
		frappe.throw(_("The answers cannot be read. Fill in the survey again."), SurveyAnswerError)
	rows = []
	for question in template.questions:
		value = answers.get(question.name)
		value = value.strip() if isinstance(value, str) else value
		if value not in (None, ""):
			rows.append(_row(question, value))
		elif complete and question.required:
			frappe.throw(
				_("Please answer: {0}").format(frappe.utils.escape_html(_(question.question))),
				SurveyAnswerError,
			)
	return rows


def _row(question: Document, value) -> dict:
	row = {
		"question_id": question.name,
		"question": question.question,
		"kind": question.kind,
		"scale": 10 if question.kind == "NPS" else cint(question.scale),
		"weight": flt(question.weight),
		"low": 0,
	}
	if question.kind in ("Score", "NPS"):
		row["number"] = _number(question, value, row["scale"])
		row["low"] = cint(bool(question.low_up_to) and row["number"] <= question.low_up_to)
	elif question.kind == "Choice":
		if value not in lines(question.options):
			_refuse(question)
		row["choice"] = value
		row["low"] = cint(value in lines(question.low_options))
	else:
		row["text"] = str(value)[:TEXT_LENGTH]
	return row


def _number(question: Document, value, scale: int) -> int:
	lowest = 0 if question.kind == "NPS" else 1
	try:
		number = int(str(value))
	except ValueError:
		_refuse(question)
	if not lowest <= number <= scale:
		_refuse(question)
	return number


def _refuse(question: Document) -> None:
	frappe.throw(
		_("This answer is not possible. Choose again: {0}").format(
			frappe.utils.escape_html(_(question.question))
		),
		SurveyAnswerError,
	)


def lines(text: str | None) -> list[str]:
	"""Return the lines of a text that hold something, without space around them."""
	return [line.strip() for line in (text or "").splitlines() if line.strip()]


def total_score(rows: list[dict]) -> float | None:
	"""Return the weighted mean of the Score answers, 0 for all lowest to 100 for all highest; None without any."""
	scored = [row for row in rows if row["kind"] == "Score" and row["weight"] > 0]
	weights = sum(row["weight"] for row in scored)
	if not weights:
		return None
	points = sum(row["weight"] * (row["number"] - 1) / (row["scale"] - 1) for row in scored)
	return flt(100 * points / weights, 1)


def nps_of(rows: list[dict]) -> tuple[int, str] | None:
	"""Return the answer to the first NPS question and its group, None without one."""
	for row in rows:
		if row["kind"] == "NPS":
			return row["number"], next(group for least, group in NPS_GROUPS if row["number"] >= least)
	return None


def is_low(rows: list[dict], total: float | None, low_below: float) -> bool:
	"""Return whether the answers call for action: one of them counts as low, or the total lies below the threshold."""
	return any(row["low"] for row in rows) or (total is not None and total < flt(low_below))
