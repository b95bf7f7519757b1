def get_data() -> dict:
	"""What leads to a product category."""
	return {
		"fieldname": "product_category",
		"transactions": [
			{"label": "Products", "items": ["Product"]},
			{"label": "Service", "items": ["Service Ticket"]},
			{"label": "Knowledge", "items": ["FAQ"]},
		],
	}
