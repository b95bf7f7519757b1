from frappe import _


def get_data() -> dict:
	"""What leads to a product."""
	return {
		"fieldname": "product",
		"transactions": [
			{"label": _("Service"), "items": ["Customer Device", "Service Ticket"]},
			{"label": _("Warranty"), "items": ["Warranty Rule"]},
			{"label": _("Knowledge"), "items": ["FAQ"]},
		],
	}
