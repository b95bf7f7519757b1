def get_data() -> dict:
	return {"fieldname": "maintenance_visit", "transactions": [{"items": ["Service Order"]}]}
