def get_data() -> dict:
	"""What leads to a customer."""
	return {
		"fieldname": "customer",
		"non_standard_fieldnames": {"Service Customer": "referred_by"},
		"transactions": [
			{
				"label": "Service",
				"items": ["Service Ticket", "Service Call", "Customer Complaint", "Service Appointment"],
			},
			{"label": "Follow-up", "items": ["Follow-up", "Survey Response", "Check Record"]},
			{"label": "Devices", "items": ["Customer Device"]},
			{"label": "Money", "items": ["Sale Record", "Service Receivable"]},
			{"label": "Work", "items": ["Work Assignment", "Work Record", "Sales Opportunity"]},
			{"label": "Referred Customers", "items": ["Service Customer"]},
			{
				"label": "Points and Care",
				"items": [
					"Points Balance",
					"Points Entry",
					"Reward Redemption",
					"VIP Level Change",
					"Care Contact",
				],
			},
			{"label": "Telephone", "items": ["Caller Number", "Outgoing Message"]},
			{"label": "Customer Portal", "items": ["Portal Access"]},
		],
	}
