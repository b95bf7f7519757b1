import frappe
from frappe.model.document import Document


class DialRequest(Document):
	"""An agent's wish that the bridge of a line dials a number; aftersales.telephony.dialling writes it."""


def on_doctype_update():
	"""The poll of a bridge, once a second; the sweep of requests that nobody fetched."""
	frappe.db.add_index("Dial Request", ["bridge", "state"])
	frappe.db.add_index("Dial Request", ["state", "expires_at"])
