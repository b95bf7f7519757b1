from frappe import _


def get_data() -> dict:
	"""Connections of a Check Plan."""
	return {
		"fieldname": "plan",
		"transactions": [{"label": _("Checks"), "items": ["Check Draw", "Check Record"]}],
	}
