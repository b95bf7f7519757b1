frappe.listview_settings["Service Staff"] = {
	add_fields: ["enabled", "left_on"],
	get_indicator(doc) {
		const left = doc.left_on && doc.left_on <= frappe.datetime.get_today();
		if (left) return [__("Left"), "gray", "left_on,<=,Today"];
		return doc.enabled
			? [__("Enabled"), "green", "enabled,=,1"]
			: [__("Disabled"), "gray", "enabled,=,0"];
	},
};
