frappe.listview_settings["Caller ID Bridge"] = {
	add_fields: ["enabled", "last_seen", "silent", "dead"],
	get_indicator(doc) {
		if (!doc.enabled) return [__("Disabled"), "gray", "enabled,=,0"];
		if (doc.silent) return [__("Silent"), "red", "silent,=,1"];
		if (!doc.last_seen) return [__("Never Seen"), "orange", "last_seen,is,not set"];
		return [__("Enabled"), "green", "enabled,=,1"];
	},
};
