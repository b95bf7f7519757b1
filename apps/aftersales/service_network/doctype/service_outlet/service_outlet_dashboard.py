from frappe import _


def get_data() -> dict:
	"""What leads to an outlet."""
	return {
		"fieldname": "outlet",
		"transactions": [
			{"label": _("Service"), "items": ["Service Order", "Customer Device"]},
			{"label": _("People"), "items": ["Service Staff", "Technician"]},
			{"label": _("Spare Parts"), "items": ["Part Warehouse"]},
			{
				"label": _("Money"),
				"items": ["Outlet Bank Account", "Settlement", "Expense Plan", "Service Fee"],
			},
			{
				"label": _("Network"),
				"items": ["Outlet Application", "Outlet Assessment", "Outlet Exam Attempt"],
			},
		],
	}
