"""Called by Frappe on install and after each migrate."""

import frappe

from aftersales.setup.records import ensure_folder, fill_single_defaults

ROLES = {
	"Aftersales Administrator": 1,
	"Service Manager": 1,
	"Knowledge Manager": 1,
	"Service Agent": 1,
	"Aftersales Bridge": 0,
}


def before_install():
	"""Make the roles before the DocTypes name them, so that portal and API roles get no desk access."""
	for role, desk_access in ROLES.items():
		if not frappe.db.exists("Role", role):
			frappe.get_doc(doctype="Role", role_name=role, desk_access=desk_access).insert(
				ignore_permissions=True
			)


def after_install():
	"""Everything a fresh site needs beyond its DocTypes."""
	after_migrate()


def after_migrate():
	"""Idempotent: what is there already stays as the site has it."""
	ensure_folder("records")
	ensure_folder("workflows")
	fill_single_defaults("Aftersales Settings")
