"""Record numbers: the next of a series, or an own number typed by a user who may do so (S1.17)."""

import re
from datetime import date

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.model.naming import NamingSeries, make_autoname, set_name_by_naming_series

MAX_LENGTH = 60
# A number becomes part of addresses, file names and folder names, so it may not hold what these forbid.
ALLOWED = re.compile(r"[\w][\w \-.()]*")
# Own numbers may lie ahead of the series; the series steps over so many of them at once.
MAX_STEPS = 10_000
# Parts of a series that stand for a date -> format of `strftime`.
DATE_PARTS = {"YYYY": "%Y", "YY": "%y", "MM": "%m", "DD": "%d"}


class OwnNumberError(frappe.ValidationError):
	"""The typed number cannot be used."""


class OwnNumberNotPermittedError(frappe.PermissionError):
	"""The user may not type a number."""


def set_number(doc: Document) -> None:
	"""Give a new document its name; call it from `autoname()`.

	The typed `own_number` wins, else the document's `naming_series` counts on, stepping over numbers
	that were typed before. With `doc.flags.number_date` year, month and day in the number are of that
	date and not of today (S23.06). Source: S1.17.

	:param doc: new document with the fields `naming_series` and `own_number` (permission level 1).
	:raises OwnNumberNotPermittedError: the user has no write right on the level of `own_number`.
	:raises OwnNumberError: the number holds characters that it must not hold, is too long or is taken.
	"""
	own = clean_number(doc.get("own_number"))
	doc.own_number = None
	if own:
		check_right(doc)
		check_number(doc.doctype, own)
		doc.name = own
	else:
		_take_next_of_series(doc)


def clean_number(value: str | None) -> str:
	"""Return the number without space around it and with single spaces inside."""
	return " ".join((value or "").split())


def check_number(doctype: str, number: str) -> None:
	"""Refuse a number that cannot name a document.

	:param doctype: DocType in which the number must be unique.
	:param number: cleaned number, see `clean_number`.
	:raises OwnNumberError: with a message that says what to change.
	"""
	if len(number) > MAX_LENGTH:
		frappe.throw(
			_("The number {0} is too long. Use at most {1} characters.").format(
				frappe.bold(number[:MAX_LENGTH] + "…"), MAX_LENGTH
			),
			OwnNumberError,
			title=_("Number Not Allowed"),
		)
	# The Desk takes such a name for a document that is not saved yet.
	unsaved = f"new-{doctype.lower().replace(' ', '-')}-"
	if not ALLOWED.fullmatch(number) or number.lower().startswith(unsaved):
		frappe.throw(
			_(
				"{0} cannot be used as a number. Start with a letter or digit, then use letters, digits, spaces, hyphens, dots and brackets only."
			).format(frappe.bold(frappe.utils.escape_html(number))),
			OwnNumberError,
			title=_("Number Not Allowed"),
		)
	if frappe.db.exists(doctype, number):
		frappe.throw(
			_(
				"The number {0} is taken. Type another one, or leave the field empty for the next number."
			).format(frappe.bold(number)),
			OwnNumberError,
			title=_("Number Taken"),
		)


def check_rename(doc: Document, new: str) -> str:
	"""Check the number that a document shall get later; return it from `before_rename()`.

	The same right and the same rules as for a number typed on a new document (S1.17); another way to
	write the same number is allowed.

	:param doc: the document under its old name.
	:param new: number as typed.
	:returns: the cleaned number.
	:raises OwnNumberNotPermittedError: the user has no write right on the level of `own_number`.
	:raises OwnNumberError: the number cannot be used.
	"""
	number = clean_number(new)
	check_right(doc)
	if number.casefold() != doc.name.casefold():
		check_number(doc.doctype, number)
	return number


def check_right(doc: Document) -> None:
	"""Refuse a typed number from a user without write right on the level of `own_number`.

	:raises OwnNumberNotPermittedError: always then.
	"""
	if doc.flags.ignore_permissions or doc.has_permlevel_access_to("own_number", permission_type="write"):
		return
	frappe.throw(
		_("You may not choose numbers yourself. Take the next number of the series, or ask a manager."),
		OwnNumberNotPermittedError,
		title=_("Not Permitted"),
	)


def series_at(series: str, day: date) -> str:
	"""Return a series with its date parts filled in, so that it counts as on that day.

	:param series: naming series such as "RE.YY.MM.#".
	:param day: day whose year and month the numbers shall bear.
	:returns: for example "RE.24.05.#", with the same counter that "RE.YY.MM.#" has in May 2024.
	"""
	return ".".join(
		day.strftime(DATE_PARTS[part]) if part in DATE_PARTS else part for part in series.split(".")
	)


def ensure_counter(series: str) -> str:
	"""Make the counter of a series, as it counts today, if there is none.

	Two transactions that both make it would stop each other; here the second one waits for the first, whether the
	counter was there or not. (An "insert ignore" would leave both with a shared lock, and then neither could count.)

	:returns: the counter's name in the table Series.
	"""
	prefix = NamingSeries(series).get_prefix()
	frappe.db.sql(
		"insert into `tabSeries` (`name`, `current`) values (%s, 0) on duplicate key update `current` = `current`",
		(prefix,),
	)
	return prefix


def _take_next_of_series(doc: Document) -> None:
	for _step in range(MAX_STEPS):
		_count_on(doc)
		if not frappe.db.exists(doc.doctype, doc.name):
			return
	frappe.throw(
		_(
			"The series {0} meets {1} numbers that are taken. Set its counter forward in Document Naming Settings."
		).format(frappe.bold(doc.naming_series), MAX_STEPS),
		OwnNumberError,
		title=_("Number Taken"),
	)


def _count_on(doc: Document) -> None:
	if doc.flags.number_date and doc.naming_series:
		# as set_name_by_naming_series does, but for another day
		doc.name = make_autoname(series_at(doc.naming_series, doc.flags.number_date) + ".#####", "", doc)
	else:
		set_name_by_naming_series(doc)
