"""Each record that the app made is remembered in a row of its own, with what it was made from."""

import json

import frappe

from aftersales.setup.records import remember_old

FORMER = {"parent": "__global", "parentfield": "system_defaults", "defkey": "aftersales_records"}


def execute():
	"""Take over the list of names that the first version kept."""
	names = json.loads(frappe.db.get_value("DefaultValue", FORMER, "defvalue") or "[]")
	remember_old(names)
	frappe.db.delete("DefaultValue", FORMER)
