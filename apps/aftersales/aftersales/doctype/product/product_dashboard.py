from frappe import _


def get_data() -> dict:
	"""What leads to a product."""
	return {
		"fieldname": "product",
		"transactions": [
			{"label": _("Service"), "items": ["Service Ticket"]},
			{"label": _("Knowledge"), "items": ["FAQ"]},
		],
	}
