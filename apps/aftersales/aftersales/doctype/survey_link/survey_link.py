"""Survey Link: one customer's way into a survey, kept without its secret; see aftersales.aftersales.surveys."""

import frappe
from frappe.model.document import Document


class SurveyLink(Document):
	pass


def on_doctype_update():
	frappe.db.add_index("Survey Link", ("reference_doctype", "reference_name"))
