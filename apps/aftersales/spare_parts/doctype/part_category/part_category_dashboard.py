def get_data() -> dict:
	"""What leads to a part category."""
	return {"fieldname": "part_category", "transactions": [{"items": ["Spare Part", "Stock Count"]}]}
