import frappe
from frappe import _
from frappe.model.document import Document


class DialByHandError(frappe.ValidationError):
	"""The request was not made by `dialling.request`, so nobody has checked number, line and person."""


class DialRequest(Document):
	"""An agent's wish that the bridge of a line dials a number; aftersales.telephony.dialling writes it."""

	def before_insert(self):
		"""What stands here is dialled as it is. The right to create allows to ask for a call, not to write the request.

		:raises DialByHandError: it came from a form, an import or the API.
		"""
		if not self.flags.by_dialling:
			frappe.throw(_("Press Dial beside the number: the line is chosen there."), DialByHandError)


def on_doctype_update():
	"""The poll of a bridge, once a second; the sweep of requests that nobody fetched; a customer's, newest first."""
	frappe.db.add_index("Dial Request", ["bridge", "state"])
	frappe.db.add_index("Dial Request", ["state", "expires_at"])
	frappe.db.add_index("Dial Request", ["customer", "creation"])
