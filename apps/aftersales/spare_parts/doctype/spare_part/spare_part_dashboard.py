def get_data() -> dict:
	"""What leads to a spare part."""
	return {
		"fieldname": "spare_part",
		"transactions": [
			{"label": "Stock", "items": ["Part Balance", "Part Ledger Entry"]},
			{"label": "Pieces", "items": ["Part Serial", "Part Reservation"]},
		],
	}
