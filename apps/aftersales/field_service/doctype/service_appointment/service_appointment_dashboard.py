def get_data() -> dict:
	"""What came of an appointment, and who was told."""
	return {
		"fieldname": "appointment",
		"non_standard_fieldnames": {"Outgoing Message": "reference_name"},
		"transactions": [
			{"label": "Service", "items": ["Service Order"]},
			{"label": "Messages", "items": ["Outgoing Message"]},
		],
	}
