"""Makers of daily figures."""

from frappe.model.document import Document
from frappe.utils import add_days, nowdate

from aftersales.testing.factories import insert


def make_daily_figure(**fields) -> Document:
	"""Make a Daily Figure of a day far ahead, on which nothing happens."""
	return insert(
		"Daily Figure",
		{"date": add_days(nowdate(), 9000), "measure": "Tickets Created", "dimension": "", "figure_count": 3},
		fields,
	)


def make_daily_figure_mark(**fields) -> Document:
	"""Make a Daily Figure Mark of a figure that there is not: the worker takes away marks of those that there are."""
	return insert("Daily Figure Mark", {"date": add_days(nowdate(), 9000), "measure": "None"}, fields)
