from frappe import _


def get_data() -> dict:
	"""What leads to a dealer."""
	return {
		"fieldname": "dealer",
		"transactions": [
			{"label": _("Service"), "items": ["Service Ticket"]},
			{"label": _("Customers"), "items": ["Service Customer"]},
		],
	}
