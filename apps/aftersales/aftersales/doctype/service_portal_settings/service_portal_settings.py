"""Service Portal Settings: what the customer portal offers (S2.13, S4.05)."""

import frappe
from frappe import _
from frappe.model.document import Document

# The app's own workflow in customers' words; a site adds its own states.
STATES = (
	("New", "Received"),
	("In Progress", "In Progress"),
	("Waiting for Customer", "Waiting for You"),
	("Resolved", "Solved"),
	("Closed", "Closed"),
	("Audited", "Closed"),
)


class PortalRecordTypeError(frappe.ValidationError):
	"""A record type that tickets do not have."""


class ServicePortalSettings(Document):
	def validate(self):
		known = frappe.get_meta("Service Ticket").get_field("record_type").options.split("\n")
		for record_type in self.types():
			if record_type not in known:
				frappe.throw(
					_("{0} is no record type. Choose from: {1}.").format(
						frappe.bold(frappe.utils.escape_html(record_type)), ", ".join(known)
					),
					PortalRecordTypeError,
				)

	def on_update(self):
		"""Frappe remembers which addresses were not found while the portal was closed."""
		frappe.cache.delete_value("website_404")

	def types(self) -> list[str]:
		"""Return the record types that customers may choose, in their order."""
		return [line.strip() for line in (self.record_types or "").splitlines() if line.strip()]


def set_up_states() -> None:
	"""Fill the table of states, unless somebody did already; called once in the life of a site."""
	settings = frappe.get_doc("Service Portal Settings")
	if settings.states:
		return
	for state, step in STATES:
		if frappe.db.exists("Workflow State", state):
			settings.append("states", {"state": state, "step": step})
	settings.save(ignore_permissions=True)
