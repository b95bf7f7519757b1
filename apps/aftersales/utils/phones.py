"""What every document that holds telephone numbers asks of them."""

import frappe
from frappe import _
from frappe.model.document import Document

# The shortest number that rings somewhere: an emergency or service code such as 110.
MIN_DIGITS = 3


class NotAPhoneNumberError(frappe.ValidationError):
	"""The text holds no telephone number."""


def clean_phones(
	doc: Document, fieldnames: tuple[str, ...] = ("phone",), table: str = "other_phones"
) -> None:
	"""Trim a document's telephone numbers and refuse what cannot be one.

	Any notation is taken (spaces, brackets, extensions, full-width digits), because people copy numbers from
	everywhere; only digits must be there. Empty rows of the table are dropped, as are rows that repeat another.

	:param doc: document with the fields.
	:param fieldnames: Data fields that hold one number each.
	:param table: field of the child table Customer Phone, or "" for none.
	:raises NotAPhoneNumberError: names the field, the text and what to type. Source: S1.24, S2.04.
	"""
	for fieldname in fieldnames:
		doc.set(fieldname, _clean(doc.get(fieldname), doc.meta.get_label(fieldname)))
	if table:
		_clean_rows(doc, table)


def phones_of(doc: Document, fieldname: str = "phone", table: str = "other_phones") -> list[str]:
	"""Return all numbers of a document, the first one first."""
	numbers = [doc.get(fieldname), *(row.phone for row in doc.get(table) or [])]
	return [number for number in numbers if number]


def _clean_rows(doc: Document, table: str) -> None:
	seen = set()
	rows = []
	for row in doc.get(table) or []:
		row.phone = _clean(row.phone, row.meta.get_label("phone"), row.idx)
		if row.phone and row.phone not in seen:
			seen.add(row.phone)
			rows.append(row)
	doc.set(table, rows)
	for index, row in enumerate(rows, start=1):
		row.idx = index


def _clean(value: str | None, label: str, row: int | None = None) -> str | None:
	value = " ".join((value or "").split())
	if value and sum(character.isdigit() for character in value) < MIN_DIGITS:
		field = _("{0}, row {1}").format(_(label), row) if row else _(label)
		frappe.throw(
			_(
				"{0}: {1} is not a telephone number. Type at least {2} digits, for example 0411-84621234."
			).format(field, frappe.bold(frappe.utils.escape_html(value)), MIN_DIGITS),
			NotAPhoneNumberError,
			title=_("Not a Telephone Number"),
		)
	return value or None
