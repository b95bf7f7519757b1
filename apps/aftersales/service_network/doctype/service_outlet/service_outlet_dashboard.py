def get_data() -> dict:
	"""What leads to an outlet."""
	return {
		"fieldname": "outlet",
		"transactions": [
			{"label": "Service", "items": ["Service Order", "Customer Device"]},
			{"label": "People", "items": ["Service Staff", "Technician"]},
			{"label": "Spare Parts", "items": ["Part Warehouse"]},
			{
				"label": "Money",
				"items": ["Outlet Bank Account", "Settlement", "Expense Plan", "Service Fee"],
			},
			{
				"label": "Network",
				"items": ["Outlet Application", "Outlet Assessment", "Outlet Exam Attempt"],
			},
		],
	}
