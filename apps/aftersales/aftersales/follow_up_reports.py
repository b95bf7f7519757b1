"""What the reports on follow-ups and surveys have in common."""

import frappe
from frappe.utils import add_days


def between(doctype: str, field: str, start, end) -> list[list]:
	"""Return filters for a Datetime field from the first to the end of the last day."""
	return [[doctype, field, ">=", start], [doctype, field, "<", add_days(end, 1)]]


def full_names(users: set[str | None]) -> dict[str, str]:
	"""Return {user: full name}."""
	rows = frappe.get_all(
		"User", {"name": ("in", [user for user in users if user] or [""])}, ["name", "full_name"]
	)
	return {row.name: row.full_name for row in rows}
