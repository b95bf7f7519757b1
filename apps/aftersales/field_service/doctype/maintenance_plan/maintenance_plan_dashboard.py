def get_data() -> dict:
	return {"fieldname": "maintenance_plan", "transactions": [{"items": ["Maintenance Visit"]}]}
