frappe.listview_settings["Dial Request"] = {
	add_fields: ["state"],
	hide_name_column: true,
	get_indicator(doc) {
		const colors = {
			Queued: "blue",
			Taken: "blue",
			Dialled: "green",
			Failed: "red",
			Expired: "orange",
			Cancelled: "gray",
		};
		return [__(doc.state), colors[doc.state] || "gray", `state,=,${doc.state}`];
	},
};
