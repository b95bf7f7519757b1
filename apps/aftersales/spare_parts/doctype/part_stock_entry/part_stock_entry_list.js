frappe.listview_settings["Part Stock Entry"] = {
	add_fields: ["transit_state"],

	get_indicator(doc) {
		const colours = { "In Transit": "orange", "Partly Received": "yellow" };
		const colour = colours[doc.transit_state];
		if (doc.docstatus === 1 && colour) {
			return [__(doc.transit_state), colour, `transit_state,=,${doc.transit_state}|docstatus,=,1`];
		}
	},
};
