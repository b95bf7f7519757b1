import frappe
from frappe import _
from frappe.model.document import Document


class PersonalDataRequest(Document):
	def on_trash(self):
		"""The log of what was handed out and deleted outlives everything; only taking the app away ends it."""
		frappe.throw(
			_("Requests about personal data are a log and cannot be deleted."), frappe.PermissionError
		)


def on_doctype_update():
	"""Exports whose days are over."""
	frappe.db.add_index("Personal Data Request", ["kind", "expires_on"])
