"""Names of users, for the columns and lines beside their accounts."""

from collections.abc import Iterable

import frappe


def full_names(users: Iterable[str | None]) -> dict[str, str]:
	"""Return the full name of each user, or the account's own name; one statement for all of them.

	What `frappe.utils.get_fullname` asks one by one. Names of colleagues are no secret to whom the entry itself is shown.

	:param users: accounts; empty ones are passed over, and unknown ones missing in the answer.
	"""
	wanted = {user for user in users if user}
	if not wanted:
		return {}
	rows = frappe.get_all(
		"User", filters={"name": ("in", list(wanted))}, fields=["name", "full_name"], limit_page_length=0
	)
	return {row.name: row.full_name or row.name for row in rows}
