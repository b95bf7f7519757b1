frappe.listview_settings["Reward"] = {
	add_fields: ["enabled", "unlimited", "stock"],
	get_indicator(doc) {
		if (!doc.enabled) return [__("Disabled"), "gray", "enabled,=,0"];
		if (!doc.unlimited && !doc.stock) return [__("Out of Stock"), "orange", "unlimited,=,0|stock,=,0"];
		return [__("Offered"), "green", "enabled,=,1"];
	},
};
