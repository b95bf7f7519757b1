from frappe import _


def get_data() -> dict:
	"""Return the connections of a settlement; called by Frappe."""
	return {
		"fieldname": "settlement",
		"transactions": [
			{"label": _("Settlement"), "items": ["Settlement Payment", "Service Fee", "Expense Plan"]},
		],
	}
