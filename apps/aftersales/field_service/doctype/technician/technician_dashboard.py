def get_data() -> dict:
	"""Return the connections of a technician."""
	return {
		"fieldname": "technician",
		"transactions": [{"label": "Work", "items": ["Service Order", "Job Time"]}],
	}
