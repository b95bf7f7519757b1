def get_data() -> dict:
	"""What belongs to a department."""
	return {
		"fieldname": "department",
		"transactions": [
			{"label": "People", "items": ["Service Staff"]},
			{"label": "Work", "items": ["Service Deadline"]},
		],
	}
