"""Connections of a Part Demand Plan."""


def get_data() -> dict:
	"""Return what is connected; called by Frappe."""
	return {
		"fieldname": "reference_name",
		"dynamic_links": {"reference_name": ["Part Demand Plan", "reference_doctype"]},
		"transactions": [{"label": "Issue", "items": ["Part Stock Entry"]}],
	}
