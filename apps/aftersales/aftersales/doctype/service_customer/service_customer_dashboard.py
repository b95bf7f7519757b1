from frappe import _


def get_data() -> dict:
	"""What leads to a customer."""
	return {
		"fieldname": "customer",
		"non_standard_fieldnames": {"Service Customer": "referred_by"},
		"transactions": [
			{
				"label": _("Service"),
				"items": ["Service Ticket", "Service Call", "Customer Complaint", "Service Appointment"],
			},
			{"label": _("Follow-up"), "items": ["Follow-up", "Survey Response", "Check Record"]},
			{"label": _("Devices"), "items": ["Customer Device"]},
			{"label": _("Money"), "items": ["Sale Record", "Service Receivable"]},
			{"label": _("Work"), "items": ["Work Assignment", "Work Record", "Sales Opportunity"]},
			{"label": _("Referred Customers"), "items": ["Service Customer"]},
			{
				"label": _("Points and Care"),
				"items": [
					"Points Balance",
					"Points Entry",
					"Reward Redemption",
					"VIP Level Change",
					"Care Contact",
				],
			},
			{"label": _("Telephone"), "items": ["Caller Number", "Outgoing Message"]},
			{"label": _("Customer Portal"), "items": ["Portal Access"]},
		],
	}
