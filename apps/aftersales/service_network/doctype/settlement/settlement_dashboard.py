def get_data() -> dict:
	"""Return the connections of a settlement; called by Frappe."""
	return {
		"fieldname": "settlement",
		"transactions": [
			{"label": "Settlement", "items": ["Settlement Payment", "Service Fee", "Expense Plan"]},
		],
	}
