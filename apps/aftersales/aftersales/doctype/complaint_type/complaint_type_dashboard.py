def get_data() -> dict:
	"""What leads to a type."""
	return {
		"fieldname": "complaint_type",
		"transactions": [{"label": "Complaints", "items": ["Customer Complaint"]}],
	}
