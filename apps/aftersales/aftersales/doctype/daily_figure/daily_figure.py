import frappe
from frappe.model.document import Document

# A picture of a period, whole or split, is read from this index and no row.
READING_INDEX = ("measure", "dimension", "date", "outlet", "dimension_value", "figure_count", "amount")


class DailyFigure(Document):
	"""Written by `aftersales.aftersales.figures.compute` only, with plain statements."""


def on_doctype_update():
	frappe.db.add_index("Daily Figure", READING_INDEX, index_name="reading_index")
	frappe.db.add_index("Daily Figure", ("measure", "date"))
