from frappe import _


def get_data() -> dict:
	"""Connections of a Check Draw."""
	return {"fieldname": "draw", "transactions": [{"label": _("Checks"), "items": ["Check Record"]}]}
