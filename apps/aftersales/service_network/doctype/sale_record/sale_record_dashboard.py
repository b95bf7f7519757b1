def get_data() -> dict:
	"""What came of a sale."""
	return {
		"fieldname": "sale_record",
		"non_standard_fieldnames": {"Follow-up": "source_name"},
		"dynamic_links": {"source_name": ["Sale Record", "source_doctype"]},
		"transactions": [
			{"label": "Money", "items": ["Sale Collection"]},
			{"label": "Service", "items": ["Customer Device", "Follow-up"]},
		],
	}
