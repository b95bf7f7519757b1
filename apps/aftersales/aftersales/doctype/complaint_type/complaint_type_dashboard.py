from frappe import _


def get_data() -> dict:
	"""What leads to a type."""
	return {
		"fieldname": "complaint_type",
		"transactions": [{"label": _("Complaints"), "items": ["Customer Complaint"]}],
	}
