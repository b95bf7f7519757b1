from frappe import _


def get_data() -> dict:
	"""What leads to a group: its shifts."""
	return {"fieldname": "agent_group", "transactions": [{"label": _("Shifts"), "items": ["Shift"]}]}
