from frappe import _


def get_data() -> dict:
	"""What leads to a product category."""
	return {
		"fieldname": "product_category",
		"transactions": [
			{"label": _("Products"), "items": ["Product"]},
			{"label": _("Service"), "items": ["Service Ticket"]},
			{"label": _("Knowledge"), "items": ["FAQ"]},
		],
	}
