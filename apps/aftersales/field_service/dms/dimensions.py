"""By what the figures of service outlets can be grouped, and how its values are shown."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import frappe
from frappe import _

from aftersales.aftersales.deadlines.calendars import WEEKDAYS
from aftersales.field_service.dms.source import TREES
from aftersales.utils.report import column


@dataclass(frozen=True)
class Dimension:
	"""Something by which documents are grouped.

	:param name: field of the rows, and name of the sources' terms.
	:param label: translated already.
	:param options: DocType that the values link to.
	:param title: field of that DocType that is shown as well, of users instead of the name.
	:param title_label: how that column is called, translated already.
	:param option: values are options of a Select field, and so texts of the app.
	"""

	name: str
	label: str
	fieldtype: str = "Data"
	options: str | None = None
	title: str | None = None
	title_label: str = ""
	option: bool = False
	width: int = 150

	def columns(self) -> list[dict]:
		"""Return the column or the columns that show it; a value that needs words has them in a field of its own."""
		shown = f"{self.name}_shown"
		if self.fieldtype == "Date":
			day = column(self.name, self.label, "Date", self.width)
			return [day, column(shown, _("Weekday"), width=90)]
		if self.fieldtype == "Data" or self.options == "User":
			return [column(shown, self.label, width=self.width)]
		link = column(self.name, self.label, "Link", self.width, options=self.options)
		return [link, column(shown, self.title_label, width=150)] if self.title else [link]


def all_of() -> dict[str, Dimension]:
	"""Return the dimensions by name."""
	found = (
		Dimension("day", _("Day"), "Date", width=110),
		Dimension("outlet", _("Outlet"), "Link", "Service Outlet", width=180),
		Dimension("receiver", _("Receptionist"), "Link", "User", "full_name"),
		Dimension(
			"technician",
			_("Technician"),
			"Link",
			"Technician",
			"technician_name",
			_("Technician Name"),
			width=110,
		),
		Dimension("order_kind", _("Order Kind"), option=True, width=130),
		Dimension("service_type", _("Service Type"), "Link", "Service Type", width=130),
		Dimension(
			"customer",
			_("Customer"),
			"Link",
			"Service Customer",
			"customer_name",
			_("Customer Name"),
			width=120,
		),
		Dimension(
			"device", _("Customer Device"), "Link", "Customer Device", "serial_no", _("Serial No."), width=120
		),
		Dimension("discount_level", _("Discount Level"), "Link", "Discount Level"),
		Dimension("old_value", _("Before"), width=120),
		Dimension("new_value", _("After"), width=120),
		Dimension("days_taken", _("Days in the Outlet"), option=True, width=140),
		Dimension("last_seen", _("Last Visit to the Outlet"), option=True, width=200),
		Dimension("missed", _("Reason"), option=True, width=260),
	)
	return {dimension.name: dimension for dimension in found}


def chosen(names: Iterable[str]) -> list[Dimension]:
	"""Return the dimensions of these names."""
	known = all_of()
	return [known[name] for name in names]


def name_values(shown: Iterable[Dimension], rows: list[dict]) -> None:
	"""Put beside the values how they are shown; one statement for each dimension whose documents have titles."""
	for dimension in shown:
		titles = titles_of(dimension, {row[dimension.name] for row in rows})
		for row in rows:
			row[f"{dimension.name}_shown"] = words(dimension, row[dimension.name], titles)
			if dimension.name in TREES and row[dimension.name]:
				# A list would take the place for all below it, which have rows of their own.
				row[f"{dimension.name}_alone"] = ["in", [row[dimension.name]]]
			if dimension.fieldtype == "Date":
				# Figures of a day lead to the documents of that day.
				row["from_date"] = row["to_date"] = row[dimension.name]


def titles_of(dimension: Dimension, values: set) -> dict[str, str]:
	"""Return the titles of the documents that are named."""
	names = [value for value in values if value]
	if not dimension.title or not names:
		return {}
	fields = ["name", dimension.title]
	rows = frappe.get_all(dimension.options, {"name": ("in", names)}, fields)
	return {row.name: row[dimension.title] for row in rows}


def words(dimension: Dimension, value, titles: dict[str, str]) -> str:
	"""Return how a value is shown."""
	if value is None:
		return _("Not Specified")
	if dimension.fieldtype == "Date":
		return _(WEEKDAYS[value.weekday()])
	if dimension.option:
		return _(value)
	return titles.get(value) or value


def label_of(shown: list[Dimension]) -> Callable[[dict], str]:
	"""Return the function that names a row in a chart."""
	return lambda row: " · ".join(row[f"{dimension.name}_shown"] for dimension in shown)


def total_head(shown: list[Dimension]) -> dict:
	"""Return the field that says that a row is the sum of the others."""
	first = shown[0]
	name = first.columns()[-1 if first.fieldtype == "Date" else 0]["fieldname"]
	return {name: _("Total"), "is_total": 1, "no_drill": 1}
