frappe.listview_settings["Caller Number"] = {
	get_indicator(doc) {
		return doc.level === "Sure"
			? [__("Sure"), "green", "level,=,Sure"]
			: [__("Maybe"), "orange", "level,=,Maybe"];
	},
};
