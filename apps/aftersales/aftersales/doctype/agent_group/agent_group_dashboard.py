def get_data() -> dict:
	"""What leads to a group: its shifts."""
	return {"fieldname": "agent_group", "transactions": [{"label": "Shifts", "items": ["Shift"]}]}
