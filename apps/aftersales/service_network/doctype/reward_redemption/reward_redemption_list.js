frappe.listview_settings["Reward Redemption"] = {
	add_fields: ["stage"],
	onload: (listview) => aftersales.steps.own_states(listview),
};
