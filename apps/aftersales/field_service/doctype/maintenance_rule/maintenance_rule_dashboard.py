def get_data() -> dict:
	return {"fieldname": "maintenance_rule", "transactions": [{"items": ["Maintenance Plan"]}]}
