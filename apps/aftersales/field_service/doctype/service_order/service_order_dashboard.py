def get_data() -> dict:
	"""What came of an order."""
	return {
		"fieldname": "service_order",
		"non_standard_fieldnames": {
			"Follow-up": "source_name",
			"Part Stock Entry": "reference_name",
			"Service Receivable": "reference_name",
			"Device Update Request": "service_order",
			"Service Order": "continued_from",
		},
		"dynamic_links": {
			"source_name": ["Service Order", "source_doctype"],
			"reference_name": ["Service Order", "reference_doctype"],
		},
		"transactions": [
			{"label": "Spare Parts", "items": ["Part Stock Entry"]},
			{
				"label": "Service",
				"items": ["Customer Goods Receipt", "Device Update Request", "Service Order"],
			},
			{"label": "Money", "items": ["Service Receivable", "Service Payment", "Service Fee"]},
			{"label": "Customers", "items": ["Follow-up"]},
		],
	}
