"""Quick entry of up to ten register lines in one go (S23.05-S23.09): each line becomes a Service Ticket.

All lines or none are saved. The page `register-entry` is the form; nothing here depends on it.
"""

from collections.abc import Mapping
from datetime import date

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.model.naming import NamingSeries
from frappe.utils import getdate, today

from aftersales.utils.access import check_permission
from aftersales.utils.naming import ensure_counter, series_at

DOCTYPE = "Service Ticket"
SERIES = "RE.YY.MM.#"
MOST_LINES = 10
LINE_FIELDS = ("code", "symptom", "measure", "customer")
REQUIRED = ("code", "symptom", "measure")  # of the first line (S23.08)


class FirstLineMissingError(frappe.MandatoryError):
	"""Code, symptom or measure of the first line is empty (S23.08)."""


class RegisterLineError(frappe.ValidationError):
	"""A line cannot be saved; the message names it by its number."""


class RegisterDateError(frappe.ValidationError):
	"""The date of the entry cannot be used."""


class SeriesMissingError(frappe.ValidationError):
	"""The administrator has taken the register's series away from tickets."""


@frappe.whitelist()
def next_number(entry_date: str | None = None) -> str:
	"""Return the number that the next line would get; another clerk may be faster (S23.06).

	:param entry_date: date of the entry as yyyy-mm-dd; today when empty.
	:raises frappe.PermissionError: the user may not make tickets.
	:raises RegisterDateError: it is no date.
	"""
	check_permission(DOCTYPE, "create")
	prefix, counter = _counter(_date(entry_date))
	return f"{prefix}{counter + 1}"


@frappe.whitelist(methods=["POST"])
def save_lines(lines: str | list, entry_date: str | None = None, responsible: str | None = None) -> dict:
	"""Save the lines of one entry as tickets of the type Repair, quantity 1, all or none (S23.07-S23.09).

	A line without a code is skipped, the first one must be complete.

	:param lines: up to ten lines, JSON or a list of dicts with `LINE_FIELDS`: product code, what the customer reports, what was
	        done, customer (number or name, or whatever name was given).
	:param entry_date: date of the entry as yyyy-mm-dd; today when empty. The numbers bear its year and month.
	:param responsible: user in charge of all lines; the session's user when empty.
	:returns: `tickets`: record numbers in the order of the lines; `skipped`: numbers of lines (from 1) that hold text but no
	        code; `next_number`.
	:raises frappe.PermissionError: the user may not make tickets.
	:raises FirstLineMissingError: the first line is incomplete; nothing is saved.
	:raises RegisterLineError: there are too many lines, or one names no product; nothing is saved.
	:raises RegisterDateError: the date is none, or lies in the future.
	"""
	check_permission(DOCTYPE, "create")
	rows = [_clean(line) for line in _parsed(lines)]
	check_lines(rows)
	day = _date(entry_date)
	person = _responsible(responsible)
	ensure_counter(series_at(_series(), day))
	# A caller that catches the error and commits does not get half an entry.
	frappe.db.savepoint("register_entry")
	try:
		tickets = [
			_make_ticket(number, row, day, person).name
			for number, row in enumerate(rows, start=1)
			if row["code"]
		]
	except frappe.QueryDeadlockError:
		raise  # the database has taken everything back already
	except Exception:
		frappe.db.rollback(save_point="register_entry")
		raise
	skipped = [n for n, row in enumerate(rows, start=1) if not row["code"] and any(row.values())]
	return {"tickets": tickets, "skipped": skipped, "next_number": next_number(str(day))}


@frappe.whitelist(methods=["POST"])
def reset_number(entry_date: str | None = None) -> str:
	"""Set the running number of a month back to the highest one in use, so that the next entry follows it (S23.05).

	Numbers in use are never given twice; without any in that month counting starts at 1. The register counts from 1
	each month by itself.

	:param entry_date: any day of the month as yyyy-mm-dd; today when empty.
	:returns: the next number.
	:raises frappe.PermissionError: the user may not change Aftersales Settings.
	:raises RegisterDateError: it is no date.
	"""
	check_permission("Aftersales Settings", "write")
	series = series_at(_series(), _date(entry_date))
	prefix = ensure_counter(series)
	table = frappe.qb.DocType("Series")
	# locks the counter: who saves at the same time waits
	frappe.qb.from_(table).select(table.current).where(table.name == prefix).for_update().run()
	highest = max(
		(
			int(name.removeprefix(prefix))
			for name in frappe.get_all(DOCTYPE, filters={"name": ("like", f"{prefix}%")}, pluck="name")
			if name.removeprefix(prefix).isdecimal()
		),
		default=0,
	)
	frappe.qb.update(table).set(table.current, highest).where(table.name == prefix).run()
	return f"{prefix}{highest + 1}"


def check_lines(rows: list[dict]) -> None:
	"""Refuse an entry of which nothing may be saved.

	:param rows: cleaned lines, see `LINE_FIELDS`.
	:raises FirstLineMissingError: there is no complete first line.
	:raises RegisterLineError: there are too many lines.
	"""
	if not rows or not all(rows[0][field] for field in REQUIRED):
		frappe.throw(
			_("Enter one record first: code, symptom and measure of the first line."), FirstLineMissingError
		)
	if len(rows) > MOST_LINES:
		frappe.throw(_("Save at most {0} lines at once.").format(MOST_LINES), RegisterLineError)


def _parsed(lines: str | list) -> list:
	try:
		parsed = frappe.parse_json(lines)
	except ValueError:
		parsed = None
	if not isinstance(parsed, list) or not all(isinstance(line, Mapping) for line in parsed):
		frappe.throw(_("The lines could not be read."), RegisterLineError)
	return parsed


def _clean(line: Mapping) -> dict[str, str]:
	return {field: str(line.get(field) or "").strip() for field in LINE_FIELDS}


def _date(entry_date: str | None) -> date:
	try:
		day = getdate(entry_date or today())
	except (ValueError, TypeError, frappe.ValidationError):
		day = None
	if not day:
		frappe.throw(_("Enter a date."), RegisterDateError)
	if day > getdate(today()):
		frappe.throw(_("The date lies in the future."), RegisterDateError)
	return day


def _responsible(user: str | None) -> str:
	user = (user or "").strip() or frappe.session.user
	if not frappe.db.get_value("User", {"name": user, "enabled": 1, "user_type": "System User"}):
		frappe.throw(
			_("{0} is no user who can be responsible.").format(frappe.bold(frappe.utils.escape_html(user))),
			RegisterLineError,
		)
	return user


def _series() -> str:
	options = (frappe.get_meta(DOCTYPE).get_field("naming_series").options or "").split("\n")
	series = next((option for option in options if option.startswith("RE")), None)
	if not series:
		frappe.throw(
			_("Tickets have no series that starts with RE. Add {0} in Document Naming Settings.").format(
				frappe.bold(SERIES)
			),
			SeriesMissingError,
		)
	return series


def _counter(day: date) -> tuple[str, int]:
	prefix = NamingSeries(series_at(_series(), day)).get_prefix()
	table = frappe.qb.DocType("Series")
	found = frappe.qb.from_(table).select(table.current).where(table.name == prefix).run()
	return prefix, found[0][0] if found else 0


def _make_ticket(number: int, row: dict[str, str], day: date, person: str) -> Document:
	ticket = frappe.new_doc(DOCTYPE)
	ticket.update(
		{
			"naming_series": _series(),
			"record_type": "Repair",
			"product": _product(number, row["code"]),
			"question": row["symptom"],
			"handling": row["measure"],
			"quantity": 1,
			"person_in_charge": person,
			"creation_date": day,
			"acceptance_date": day,
			**_customer(row["customer"]),
		}
	)
	ticket.flags.number_date = day
	try:
		return ticket.insert()
	except frappe.PermissionError:
		raise
	except frappe.ValidationError as error:
		frappe.clear_last_message()
		frappe.throw(_("Line {0}: {1}").format(number, str(error)), type(error))


def _product(number: int, code: str) -> str:
	found = frappe.get_list("Product", filters={"name": code}, pluck="name", limit_page_length=1)
	if not found:
		frappe.throw(
			_("Line {0}: there is no product with the code {1}. Nothing was saved.").format(
				number, frappe.bold(frappe.utils.escape_html(code))
			),
			RegisterLineError,
		)
	return found[0]


def _customer(text: str) -> dict:
	"""A number or the name of just one customer is that customer; anything else stays the name of a caller."""
	if not text:
		return {}
	for field in ("name", "customer_name", "phone"):
		found = frappe.get_list(
			"Service Customer", filters={field: text, "disabled": 0}, pluck="name", limit_page_length=2
		)
		if len(found) == 1:
			return {"customer": found[0]}
	return {"customer_name": text}
