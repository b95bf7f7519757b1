from frappe import _


def get_data() -> dict:
	"""What came of an appointment, and who was told."""
	return {
		"fieldname": "appointment",
		"non_standard_fieldnames": {"Outgoing Message": "reference_name"},
		"transactions": [
			{"label": _("Service"), "items": ["Service Order"]},
			{"label": _("Messages"), "items": ["Outgoing Message"]},
		],
	}
