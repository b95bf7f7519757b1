def get_data() -> dict:
	"""What leads to goods in our hands."""
	return {
		"fieldname": "goods_receipt",
		"internal_links": {"Service Order": "service_order", "Factory Return": "factory_return"},
		"transactions": [
			{"label": "Repair", "items": ["Service Order", "Factory Return"]},
			{"label": "Exchange", "items": ["Exchange Order"]},
		],
	}
