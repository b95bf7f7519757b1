def get_data() -> dict:
	"""What leads to an assignment: the parts that were delegated further."""
	return {
		"fieldname": "parent_assignment",
		"transactions": [{"label": "Parts", "items": ["Work Assignment"]}],
	}
