"""Follow-up Draw: one draw of a plan, kept as evidence and as the mark that its period is done."""

import frappe
from frappe.model.document import Document


class FollowupDraw(Document):
	pass


def on_doctype_update():
	# Whoever inserts the row draws the period; everybody else finds it drawn.
	frappe.db.add_unique("Follow-up Draw", ["plan", "from_date", "to_date"], constraint_name="unique_period")
