def get_data() -> dict:
	"""What leads to a warehouse."""
	return {
		"fieldname": "warehouse",
		"non_standard_fieldnames": {"Part Stock Entry": "source_warehouse"},
		"transactions": [
			{"label": "Stock", "items": ["Part Balance", "Part Ledger Entry", "Part Serial"]},
			{"label": "Slips", "items": ["Part Stock Entry", "Stock Count", "Part Reservation"]},
		],
	}
