def get_data() -> dict:
	return {
		"fieldname": "agreement",
		"transactions": [
			{"label": "Visits", "items": ["Maintenance Plan", "Maintenance Visit"]},
			{"label": "Work", "items": ["Service Order"]},
		],
	}
