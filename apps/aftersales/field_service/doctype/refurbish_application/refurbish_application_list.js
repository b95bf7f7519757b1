frappe.listview_settings["Refurbish Application"] = {
	add_fields: ["stage"],
	onload: (listview) => aftersales.steps.own_states(listview),
};
