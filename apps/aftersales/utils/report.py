"""What reports share: the period that their filters name, columns, and bars."""

from collections.abc import Callable, Sequence

import frappe
from frappe import _
from frappe.utils import getdate


class PeriodError(frappe.ValidationError):
	"""The filters name no period."""


def period_of(filters: dict) -> tuple:
	"""Return first and last day of the filters `from_date` and `to_date`.

	:raises PeriodError: one is missing, or the last lies before the first.
	"""
	if not (filters.get("from_date") and filters.get("to_date")):
		frappe.throw(_("Choose From Date and To Date."), PeriodError)
	start, end = getdate(filters.get("from_date")), getdate(filters.get("to_date"))
	if end < start:
		frappe.throw(_("To Date lies before From Date."), PeriodError)
	return start, end


def column(fieldname: str, label: str, fieldtype: str = "Data", width: int = 120, **more) -> dict:
	"""Return a column of a report; the label is translated already, fractions have one decimal unless `precision` says more."""
	if fieldtype in ("Float", "Percent"):
		more.setdefault("precision", 1)
	return {"fieldname": fieldname, "label": label, "fieldtype": fieldtype, "width": width, **more}


def stacked_bars(
	rows: Sequence[dict],
	label: str | Callable[[dict], str],
	series: Sequence[tuple[str, str | Callable[[dict], float]]],
	**more,
) -> dict | None:
	"""Return a chart with one bar for each row, made of several figures; None without rows.

	:param rows: those to show, in order.
	:param label: field of a row that names its bar, or a function of the row.
	:param series: translated name of each figure, and its field or a function of the row.
	:param more: what else Frappe's chart takes, such as `colors`.
	"""
	if not rows:
		return None

	def values(of: str | Callable) -> list:
		return [of(row) if callable(of) else row[of] for row in rows]

	datasets = [{"name": name, "values": values(of)} for name, of in series]
	data = {"labels": values(label), "datasets": datasets}
	return {"data": data, "type": "bar", "barOptions": {"stacked": 1}, **more}
