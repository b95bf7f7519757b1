from frappe import _


def get_data() -> dict:
	"""What leads to a device."""
	return {
		"fieldname": "device",
		"transactions": [
			{"label": _("Service"), "items": ["Service Ticket", "Service Order", "Service Appointment"]},
			{
				"label": _("Maintenance"),
				"items": ["Maintenance Visit", "Device Update Request", "Device Class Change"],
			},
		],
	}
