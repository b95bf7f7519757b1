frappe.listview_settings["Exchange Order"] = {
	add_fields: ["stage"],
	onload: (listview) => aftersales.steps.own_states(listview),
};
