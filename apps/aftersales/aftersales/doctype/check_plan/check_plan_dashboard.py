def get_data() -> dict:
	"""Connections of a Check Plan."""
	return {
		"fieldname": "plan",
		"transactions": [{"label": "Checks", "items": ["Check Draw", "Check Record"]}],
	}
