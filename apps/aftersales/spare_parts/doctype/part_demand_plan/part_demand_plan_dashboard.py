"""Connections of a Part Demand Plan."""

from frappe import _


def get_data() -> dict:
	"""Return what is connected; called by Frappe."""
	return {
		"fieldname": "reference_name",
		"dynamic_links": {"reference_name": ["Part Demand Plan", "reference_doctype"]},
		"transactions": [{"label": _("Issue"), "items": ["Part Stock Entry"]}],
	}
