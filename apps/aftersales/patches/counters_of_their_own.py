"""Message batches and slip hints count by themselves; before, they took the next number of a counter without a name."""

import frappe
from frappe.model.naming import NamingSeries
from frappe.utils import cint

SERIES = {"Message Batch": "MB-.YY.-.#####", "Slip Hint": "HINT-.#####"}


def execute():
	"""Let each go on after the highest number that was given."""
	for doctype, text in SERIES.items():
		series = NamingSeries(text)
		prefix = series.get_prefix()
		names = frappe.get_all(doctype, {"name": ("like", f"{prefix}%")}, pluck="name", order_by=None)
		highest = max((cint(name.removeprefix(prefix)) for name in names), default=0)
		if highest > series.get_current_value():
			series.update_counter(highest)
