"""Connections of a Part Order."""


def get_data() -> dict:
	"""Return what is connected; called by Frappe."""
	return {
		"fieldname": "reference_name",
		"dynamic_links": {"reference_name": ["Part Order", "reference_doctype"]},
		"transactions": [{"label": "Deliveries", "items": ["Part Stock Entry"]}],
	}
