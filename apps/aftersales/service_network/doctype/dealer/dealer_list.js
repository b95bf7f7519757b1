frappe.listview_settings["Dealer"] = {
	add_fields: ["disabled"],
	hide_name_column: true,
	filters: [["disabled", "=", 0]],

	get_indicator(doc) {
		return doc.disabled
			? [__("Disabled"), "gray", "disabled,=,1"]
			: [__("Active"), "green", "disabled,=,0"];
	},
};
