def get_data() -> dict:
	"""The appointments of a plan."""
	return {
		"fieldname": "plan",
		"transactions": [{"label": "Appointments", "items": ["Service Appointment"]}],
	}
