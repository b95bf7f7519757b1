"""What the reports on follow-ups and surveys have in common."""

from frappe.utils import add_days


def between(doctype: str, field: str, start, end) -> list[list]:
	"""Return filters for a Datetime field from the first to the end of the last day."""
	return [[doctype, field, ">=", start], [doctype, field, "<", add_days(end, 1)]]
