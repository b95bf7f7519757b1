from frappe import _


def get_data() -> dict:
	"""Return the connections of a technician."""
	return {
		"fieldname": "technician",
		"transactions": [{"label": _("Work"), "items": ["Service Order", "Job Time"]}],
	}
