from frappe import _


def get_data() -> dict:
	"""What leads to a customer group."""
	return {
		"fieldname": "customer_group",
		"transactions": [{"label": _("Customers"), "items": ["Service Customer"]}],
	}
