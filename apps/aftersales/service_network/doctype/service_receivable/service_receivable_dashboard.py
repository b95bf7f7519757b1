def get_data() -> dict:
	"""What came of a receivable."""
	return {
		"fieldname": "receivable",
		"transactions": [{"label": "Money", "items": ["Service Payment", "Receivable Write-off"]}],
	}
