frappe.listview_settings["Technician"] = {
	get_indicator(doc) {
		return doc.enabled
			? [__("Enabled"), "green", "enabled,=,1"]
			: [__("Disabled"), "gray", "enabled,=,0"];
	},
	onload(list) {
		list.page.add_inner_button(__("Dispatch Board"), () => frappe.set_route("dispatch-board"));
	},
};
