def get_data() -> dict:
	"""What leads to a customer group."""
	return {
		"fieldname": "customer_group",
		"transactions": [{"label": "Customers", "items": ["Service Customer"]}],
	}
