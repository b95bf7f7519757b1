def get_data() -> dict:
	"""What leads to a dealer."""
	return {
		"fieldname": "dealer",
		"transactions": [
			{"label": "Service", "items": ["Service Ticket"]},
			{"label": "Customers", "items": ["Service Customer"]},
		],
	}
