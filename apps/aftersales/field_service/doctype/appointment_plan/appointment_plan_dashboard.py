from frappe import _


def get_data() -> dict:
	"""The appointments of a plan."""
	return {
		"fieldname": "plan",
		"transactions": [{"label": _("Appointments"), "items": ["Service Appointment"]}],
	}
