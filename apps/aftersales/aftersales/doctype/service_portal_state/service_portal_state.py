"""Service Portal State: how a ticket's status is called in the customer portal."""

from frappe.model.document import Document


class ServicePortalState(Document):
	pass
