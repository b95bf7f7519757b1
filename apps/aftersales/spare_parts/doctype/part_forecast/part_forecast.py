"""Part Forecast: what is expected of one part in one warehouse; written by aftersales.spare_parts.part_forecasts only."""

import frappe
from frappe.model.document import Document


class PartForecast(Document):
	pass


def on_doctype_update():
	frappe.db.add_unique("Part Forecast", ["warehouse", "spare_part"], constraint_name="warehouse_and_part")
