from frappe import _


def get_data() -> dict:
	return {
		"fieldname": "agreement",
		"transactions": [
			{"label": _("Visits"), "items": ["Maintenance Plan", "Maintenance Visit"]},
			{"label": _("Work"), "items": ["Service Order"]},
		],
	}
