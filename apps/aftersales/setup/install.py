"""Called by Frappe on install and around each migrate."""

import frappe

from aftersales.aftersales.doctype.erpnext_sync_settings.erpnext_sync_settings import make_field_map
from aftersales.aftersales.doctype.service_portal_settings.service_portal_settings import set_up_states
from aftersales.aftersales.figures.compute import build_new
from aftersales.knowledge.upkeep import ensure_all as ensure_search_indexes
from aftersales.portal.conversation import make_field as make_portal_field
from aftersales.setup.contact_fields import make_contact_fields
from aftersales.setup.records import ensure_folder, fill_single_defaults, once
from aftersales.setup.rights import grant_foreign_rights
from aftersales.setup.roles import ROLES

# Working hours after a deadline, and who is told then
ESCALATIONS = ((4, "Superior"), (8, "Superior of the Superior"), (16, "Department Head"))


def before_install():
	"""Make the roles before the DocTypes name them, so that portal and API roles get no desk access."""
	make_roles()


def before_migrate():
	"""As on install: a role that a new version brings must be there before its DocTypes."""
	make_roles()


def after_sync():
	"""Everything a fresh site needs beyond its DocTypes and fixtures, which are there by now."""
	make_records()


def after_migrate():
	"""Idempotent: what is there already stays as the site has it."""
	make_records()


def make_roles() -> None:
	"""Make the roles that are missing; a role that the site changed (two-factor, home page) stays so."""
	for role, desk_access in ROLES.items():
		if not frappe.db.exists("Role", role):
			frappe.get_doc(doctype="Role", role_name=role, desk_access=desk_access).insert(
				ignore_permissions=True
			)


def make_records() -> None:
	"""Bring records and settings that a new version added; see aftersales.setup.records."""
	grant_foreign_rights()
	make_address_template()
	once("contact person fields", make_contact_fields)
	once("ERPNext field map", make_field_map)
	ensure_folder("records")
	ensure_folder("workflows")
	fill_single_defaults("Aftersales Settings")
	once("deadline settings", set_up_deadlines)
	once("state after a customer's mail", set_up_mail)
	once("message of maintenance", set_up_maintenance)
	fill_single_defaults("ERPNext Sync Settings")
	fill_single_defaults("Service Portal Settings")
	once("customer portal states", set_up_states)
	once("customer portal mark on messages", make_portal_field)
	ensure_search_indexes()
	build_new()


def set_up_deadlines() -> None:
	"""Give Aftersales Settings working hours and escalation levels, unless somebody entered some already."""
	settings = frappe.get_doc("Aftersales Settings")
	settings.default_working_time = settings.default_working_time or "Office Hours"
	if not settings.escalations:
		for hours, recipient in ESCALATIONS:
			settings.append("escalations", {"after_hours": hours, "recipient": recipient})
	settings.flags.ignore_mandatory = True
	settings.save(ignore_permissions=True)


def set_up_mail() -> None:
	"""Say to which state a customer's mail brings a ticket back; no field's default, since states come after the settings."""
	if not frappe.db.get_single_value("Aftersales Settings", "mail_state_after"):
		frappe.db.set_single_value(
			"Aftersales Settings", "mail_state_after", "In Progress", update_modified=False
		)


def set_up_maintenance() -> None:
	"""Name the message that tells of maintenance; no field's default, since messages come after the settings."""
	field = "maintenance_message_template"
	if not frappe.db.get_single_value("Aftersales Settings", field):
		frappe.db.set_single_value(
			"Aftersales Settings", field, "Maintenance Reminder", update_modified=False
		)


def make_address_template() -> None:
	"""Make a default address layout if there is none: without it Frappe shows no customer that has an address."""
	if not frappe.db.exists("Address Template", {"is_default": 1}):
		country = frappe.db.get_single_value("System Settings", "country") or "China"
		once(
			f"Address Template: {country}",
			frappe.get_doc(doctype="Address Template", country=country, is_default=1).insert,
		)
