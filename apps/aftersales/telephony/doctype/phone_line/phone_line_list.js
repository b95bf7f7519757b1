frappe.listview_settings["Phone Line"] = {
	add_fields: ["enabled", "device_state"],
	hide_name_column: true,
	get_indicator(doc) {
		if (!doc.enabled) return [__("Disabled"), "gray", "enabled,=,0"];
		if (doc.device_state === "Disconnected") {
			return [__("Disconnected"), "red", "device_state,=,Disconnected"];
		}
		return [__("Enabled"), "green", "enabled,=,1"];
	},
};
