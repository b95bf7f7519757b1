from frappe import _


def get_data() -> dict:
	"""What leads to a warehouse."""
	return {
		"fieldname": "warehouse",
		"non_standard_fieldnames": {"Part Stock Entry": "source_warehouse"},
		"transactions": [
			{"label": _("Stock"), "items": ["Part Balance", "Part Ledger Entry", "Part Serial"]},
			{"label": _("Slips"), "items": ["Part Stock Entry", "Stock Count", "Part Reservation"]},
		],
	}
