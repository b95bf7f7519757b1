def get_data() -> dict:
	"""What leads to a region."""
	return {
		"fieldname": "region",
		"transactions": [
			{"label": "Customers", "items": ["Service Customer", "Dealer"]},
			{"label": "Service", "items": ["Service Ticket"]},
		],
	}
