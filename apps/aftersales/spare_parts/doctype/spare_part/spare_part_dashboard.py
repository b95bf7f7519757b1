from frappe import _


def get_data() -> dict:
	"""What leads to a spare part."""
	return {
		"fieldname": "spare_part",
		"transactions": [
			{"label": _("Stock"), "items": ["Part Balance", "Part Ledger Entry"]},
			{"label": _("Pieces"), "items": ["Part Serial", "Part Reservation"]},
		],
	}
