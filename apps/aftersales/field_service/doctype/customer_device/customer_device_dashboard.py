def get_data() -> dict:
	"""What leads to a device."""
	return {
		"fieldname": "device",
		"transactions": [
			{"label": "Service", "items": ["Service Ticket", "Service Order", "Service Appointment"]},
			{
				"label": "Maintenance",
				"items": ["Maintenance Visit", "Device Update Request", "Device Class Change"],
			},
		],
	}
