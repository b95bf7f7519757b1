def get_data() -> dict:
	"""Connections of a Check Draw."""
	return {"fieldname": "draw", "transactions": [{"label": "Checks", "items": ["Check Record"]}]}
