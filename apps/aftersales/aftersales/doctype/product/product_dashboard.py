def get_data() -> dict:
	"""What leads to a product."""
	return {
		"fieldname": "product",
		"transactions": [
			{"label": "Service", "items": ["Customer Device", "Service Ticket"]},
			{"label": "Warranty", "items": ["Warranty Rule"]},
			{"label": "Knowledge", "items": ["FAQ"]},
		],
	}
