"""Connections of a Part Order."""

from frappe import _


def get_data() -> dict:
	"""Return what is connected; called by Frappe."""
	return {
		"fieldname": "reference_name",
		"dynamic_links": {"reference_name": ["Part Order", "reference_doctype"]},
		"transactions": [{"label": _("Deliveries"), "items": ["Part Stock Entry"]}],
	}
