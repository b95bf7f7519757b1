"""Examinations of the outlets' people (S13.08): begun, timed and marked by the server.

Right answers never leave it: examinees have no right on exams or attempts, lists with filters included; they get the
questions, the answers to choose from, what they chose and, in the end, the mark. One attempt of a person is open at a time; `open_key` keeps it so, whatever comes at once.
"""

import re
from collections.abc import Iterable

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.query_builder import DocType, Order
from frappe.query_builder.functions import Count
from frappe.utils import add_to_date, cint, flt, get_datetime, get_fullname, getdate, now_datetime, today

EXAM, ATTEMPT = "Outlet Exam", "Outlet Exam Attempt"
EXAMINEES = ("Outlet Staff", "Service Centre Staff", "Service Technician")
LETTERS = "ABCDEFGHIJ"
# Answers that were on their way when the time was over.
GRACE_SECONDS = 10


class ExamClosedError(frappe.ValidationError):
	"""The exam is not open, or all attempts are used."""


class ExamAnswerError(frappe.ValidationError):
	"""The answer is none that the question offers."""


def options_of(text: str) -> list[str]:
	"""Return the answers that a question offers, one per line of its text."""
	return [line.strip() for line in (text or "").splitlines() if line.strip()]


def letters_of(text: str) -> list[str]:
	"""Return the letters in a text such as "A, c", in order, each once; other signs are not looked at."""
	return sorted(set(re.findall("[A-Z]", (text or "").upper())))


@frappe.whitelist()
def open_exams() -> list[dict]:
	"""Return the exams that the user may take or has taken; two statements.

	:returns: rows of `name`, `minutes`, `pass_mark`, `questions`, `attempts` (allowed), `used`, `best`, `passed`, `running`
		(number of the open attempt) and `open` (whether it can be begun or gone on with).
	:raises frappe.PermissionError: the user is no examinee.
	"""
	frappe.only_for(EXAMINEES)
	exam, row = DocType(EXAM), DocType("Outlet Exam Question")
	exams = (
		frappe.qb.from_(exam)
		.join(row)
		.on(row.parent == exam.name)
		.select(
			exam.name,
			exam.minutes,
			exam.pass_mark,
			exam.attempts,
			exam.instructions,
			exam.open_from,
			exam.open_until,
			Count(row.name).as_("questions"),
		)
		.where(exam.published == 1)
		.groupby(exam.name)
		.orderby(exam.creation, order=Order.desc)
		.run(as_dict=True)
	)
	attempts = frappe.get_all(
		ATTEMPT,
		{"user": frappe.session.user, "exam": ("in", [one.name for one in exams] or [""])},
		["name", "exam", "mark", "passed", "state", "ends_at"],
		order_by=None,
	)
	return [_shown(one, [row for row in attempts if row.exam == one.name]) for one in exams]


def _shown(exam: dict, attempts: list[dict]) -> dict:
	now = now_datetime()
	running = next((row.name for row in attempts if row.state == "Open" and row.ends_at > now), None)
	over = [row for row in attempts if row.name != running]
	return {
		**{field: exam[field] for field in ("name", "minutes", "pass_mark", "attempts", "questions")},
		"instructions": exam.instructions,
		"used": len(attempts),
		"best": max((flt(row.mark) for row in over), default=None),
		"passed": any(row.passed for row in over),
		"running": running,
		"open": bool(running or (_is_open(exam) and len(attempts) < cint(exam.attempts))),
	}


def _is_open(exam: dict | Document) -> bool:
	day = getdate(today())
	return not (
		(exam.open_from and day < getdate(exam.open_from))
		or (exam.open_until and day > getdate(exam.open_until))
	)


@frappe.whitelist(methods=["POST"])
def start(exam: str) -> dict:
	"""Begin an attempt, or go on with the open one.

	:param exam: name of the Outlet Exam.
	:returns: see `show`.
	:raises frappe.PermissionError: the user is no examinee.
	:raises frappe.DoesNotExistError: there is no such exam, or it is not published.
	:raises ExamClosedError: it is not open now, or all attempts are used.
	"""
	frappe.only_for(EXAMINEES)
	# Whoever begins twice at once begins one after the other.
	published = frappe.db.get_value(EXAM, exam, "published", for_update=True)
	if not published:
		frappe.throw(_("There is no such exam."), frappe.DoesNotExistError)
	user = frappe.session.user
	table = DocType(ATTEMPT)
	# Locked, and so as it is now: not as it was when this request began.
	mine = (
		frappe.qb.from_(table)
		.select(table.name, table.state)
		.where((table.exam == exam) & (table.user == user))
		.for_update()
		.run(as_dict=True)
	)
	for row in mine:
		if row.state == "Open":
			attempt = frappe.get_doc(ATTEMPT, row.name, for_update=True)
			if not _is_over(attempt):
				return show(attempt)
			close(attempt)
	doc = frappe.get_doc(EXAM, exam)
	if not _is_open(doc):
		frappe.throw(_("This exam is not open today."), ExamClosedError, title=_(EXAM))
	if len(mine) >= cint(doc.attempts):
		frappe.throw(_("You have used all attempts of this exam."), ExamClosedError, title=_(EXAM))
	return show(_begin(doc, len(mine) + 1))


def _begin(exam: Document, number: int) -> Document:
	user, now = frappe.session.user, now_datetime()
	attempt = frappe.new_doc(
		ATTEMPT,
		exam=exam.name,
		user=user,
		examinee_name=get_fullname(user),
		outlet=frappe.db.get_value("Service Staff", user, "outlet"),
		attempt_no=number,
		pass_mark=exam.pass_mark,
		started_at=now,
		ends_at=add_to_date(now, minutes=cint(exam.minutes)),
		open_key=f"{exam.name}:{user}",
	)
	for row in exam.questions:
		values = {field: row.get(field) for field in ("question", "options", "points")}
		attempt.append("answers", {"exam_question": row.name, **values})
	return attempt.insert(ignore_permissions=True)


@frappe.whitelist(methods=["POST"])
def answer(attempt: str, question: str, chosen: str) -> dict:
	"""Keep what the user chose for a question; it may be changed until the time is over.

	:param attempt: name of the Outlet Exam Attempt.
	:param question: name of the row, as `show` gives it.
	:param chosen: letters, such as "A, C"; empty takes the answer back.
	:returns: `seconds_left`, `over`: the time is over, this answer came too late, and what was answered before is marked.
	:raises frappe.PermissionError: the attempt is somebody else's.
	:raises ExamAnswerError: there is no such question or answer.
	"""
	frappe.only_for(EXAMINEES)
	doc = own_attempt(attempt)
	if _is_over(doc):
		close(doc)
		return {"seconds_left": 0, "over": True}
	row = next((one for one in doc.answers if one.name == question), None)
	letters = letters_of(chosen)
	if not row or set(letters) - set(LETTERS[: len(options_of(row.options))]):
		frappe.throw(_("The question has no such answer."), ExamAnswerError, title=_(EXAM))
	frappe.db.set_value("Outlet Exam Answer", row.name, "chosen", ", ".join(letters), update_modified=False)
	return {"seconds_left": seconds_left(doc), "over": False}


@frappe.whitelist(methods=["POST"])
def hand_in(attempt: str) -> dict:
	"""End an attempt and mark it; one that is over already stays as it is.

	:param attempt: name of the Outlet Exam Attempt.
	:returns: `mark` in percent, `pass_mark`, `passed`.
	:raises frappe.PermissionError: the attempt is somebody else's.
	"""
	frappe.only_for(EXAMINEES)
	doc = own_attempt(attempt)
	if doc.state == "Open":
		close(doc)
	return {"mark": doc.mark, "pass_mark": doc.pass_mark, "passed": doc.passed}


def own_attempt(name: str) -> Document:
	"""Return an attempt of the session's user, locked until the end of the request.

	:raises frappe.PermissionError: it is somebody else's, or none; which of both is not told.
	"""
	if frappe.db.get_value(ATTEMPT, name, "user", for_update=True) != frappe.session.user:
		frappe.throw(_("This is no attempt of yours."), frappe.PermissionError)
	return frappe.get_doc(ATTEMPT, name)


def show(attempt: Document) -> dict:
	"""Return what an examinee sees of an open attempt: no right answers, no points earned."""
	right = right_answers(attempt)
	return {
		"attempt": attempt.name,
		"exam": attempt.exam,
		"seconds_left": seconds_left(attempt),
		"questions": [
			{
				"name": row.name,
				"question": row.question,
				"options": options_of(row.options),
				"several": len(right[row.exam_question]) > 1,
				"points": row.points,
				"chosen": letters_of(row.chosen),
			}
			for row in attempt.answers
		],
	}


def seconds_left(attempt: Document) -> int:
	"""Return how long an attempt goes on, in seconds, 0 at least."""
	return max(int((get_datetime(attempt.ends_at) - now_datetime()).total_seconds()), 0)


def _is_over(attempt: Document) -> bool:
	end = add_to_date(get_datetime(attempt.ends_at), seconds=GRACE_SECONDS, as_datetime=True)
	return attempt.state != "Open" or now_datetime() > end


def right_answers(attempt: Document) -> dict[str, list[str]]:
	"""Return row of the exam -> letters of the right answers; they are stored nowhere else than in the exam."""
	questions = frappe.get_cached_doc(EXAM, attempt.exam).questions
	return {row.name: letters_of(row.right_answers) for row in questions}


def close(attempt: Document) -> None:
	"""Mark an open attempt and end it; a question earns its points if just the right answers are chosen."""
	if attempt.state != "Open":
		return
	right = right_answers(attempt)
	most = sum(flt(row.points) for row in attempt.answers)
	earned = sum(
		flt(row.points) for row in attempt.answers if letters_of(row.chosen) == right[row.exam_question]
	)
	attempt.mark = flt(100 * earned / most, 1) if most else 0
	attempt.passed = int(attempt.mark >= flt(attempt.pass_mark))
	late = _is_over(attempt)
	attempt.state = "Time Over" if late else "Handed In"
	attempt.finished_at = get_datetime(attempt.ends_at) if late else now_datetime()
	attempt.open_key = None
	attempt.flags.marking = True
	attempt.save(ignore_permissions=True)


def close_overdue() -> None:
	"""Mark attempts whose time is over and that nobody handed in; the scheduler calls it each hour."""
	now = add_to_date(now_datetime(), seconds=-GRACE_SECONDS, as_datetime=True)
	for name in frappe.get_all(ATTEMPT, {"state": "Open", "ends_at": ("<", now)}, pluck="name", limit=500):
		attempt = frappe.get_doc(ATTEMPT, name, for_update=True)
		if _is_over(attempt):
			close(attempt)


def check_questions(questions: Iterable[Document]) -> str | None:
	"""Return what is wrong with the questions of an exam as a translated sentence; None if nothing is."""
	for row in questions:
		options, right = options_of(row.options), letters_of(row.right_answers)
		if not 2 <= len(options) <= len(LETTERS):
			return _("Question {0}: enter two to ten answers, one per line.").format(row.idx)
		if not right or set(right) - set(LETTERS[: len(options)]):
			return _("Question {0}: {1} must be letters of the answers, from A to {2}.").format(
				row.idx, frappe.bold(_("Right Answers")), LETTERS[len(options) - 1]
			)
		if flt(row.points) <= 0:
			return _("Question {0}: enter points above zero.").format(row.idx)
	return None
