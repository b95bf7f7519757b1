frappe.listview_settings["Factory Return"] = {
	add_fields: ["stage"],
	onload: (listview) => aftersales.steps.own_states(listview),
};
