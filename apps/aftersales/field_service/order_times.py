"""Times of a service order as people type them: four digits are enough, 0900 for nine o'clock (S24.13)."""

import re
from datetime import datetime, time

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import get_datetime, getdate

FIELDS = ("planned_start", "planned_end", "promised_at", "departed_at", "arrived_at", "left_at")
SHORT = re.compile(r"(\d{1,2}):?(\d{2})")


class ShortTimeError(frappe.ValidationError):
	"""Four digits that are no time of day."""


def read_short_times(doc: Document) -> None:
	"""Turn times of four digits into times of the day of the visit: that of the planned start, else today.

	:raises ShortTimeError: for example 2460.
	"""
	for field in FIELDS:
		value = doc.get(field)
		if isinstance(value, str) and SHORT.fullmatch(value.strip()):
			doc.set(field, datetime.combine(_day_of(doc, field), short_time(value)))


def short_time(text: str) -> time:
	"""Return the time of day that is meant by "0900", "900" or "9:00".

	:raises ShortTimeError: it is none.
	"""
	found = SHORT.fullmatch(text.strip())
	hours, minutes = (int(part) for part in found.groups()) if found else (99, 99)
	if hours > 23 or minutes > 59:
		frappe.throw(
			_("{0} is no time. Enter four digits, for example 0900 for nine o'clock.").format(
				frappe.bold(frappe.utils.escape_html(text))
			),
			ShortTimeError,
		)
	return time(hours, minutes)


def _day_of(doc: Document, field: str):
	for other in ("arrived_at", "departed_at", "planned_start"):
		value = doc.get(other)
		if other != field and value and not (isinstance(value, str) and SHORT.fullmatch(value.strip())):
			return get_datetime(value).date()
	return getdate()
