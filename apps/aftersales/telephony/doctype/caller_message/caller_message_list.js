frappe.listview_settings["Caller Message"] = {
	add_fields: ["state", "urgent"],
	get_indicator(doc) {
		if (doc.state === "Done") return [__("Done"), "gray", "state,=,Done"];
		return doc.urgent
			? [__("Urgent"), "red", "state,=,New|urgent,=,1"]
			: [__("New"), "orange", "state,=,New"];
	},
};
