from frappe import _


def get_data() -> dict:
	"""What leads to a region."""
	return {
		"fieldname": "region",
		"transactions": [
			{"label": _("Customers"), "items": ["Service Customer", "Dealer"]},
			{"label": _("Service"), "items": ["Service Ticket"]},
		],
	}
