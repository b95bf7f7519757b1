"""Discount levels are records now; devices had them as typed texts."""

import frappe
from frappe.utils import strip_html

DEVICE, LEVEL = "Customer Device", "Discount Level"


def execute():
	"""Make a Discount Level of each text that a device holds; a text without letters becomes none."""
	for text in frappe.get_all(
		DEVICE, {"discount_level": ("is", "set")}, pluck="discount_level", distinct=True, order_by=None
	):
		level = strip_html(text).strip()
		if level and not frappe.db.exists(LEVEL, level):
			frappe.get_doc({"doctype": LEVEL, "level_name": level}).insert(ignore_permissions=True)
		if level != text:
			frappe.db.set_value(
				DEVICE, {"discount_level": text}, "discount_level", level or None, update_modified=False
			)
