from frappe import _


def get_data() -> dict:
	"""What belongs to a department."""
	return {
		"fieldname": "department",
		"transactions": [
			{"label": _("People"), "items": ["Service Staff"]},
			{"label": _("Work"), "items": ["Service Deadline"]},
		],
	}
