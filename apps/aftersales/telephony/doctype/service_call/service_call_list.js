frappe.listview_settings["Service Call"] = {
	add_fields: ["state", "presentation", "direction", "match_level"],
	hide_name_column: true,
	get_indicator(doc) {
		const indicators = {
			Ringing: [__("Ringing"), "blue"],
			Answered: [__("Answered"), "green"],
			Ended: [__("Ended"), "gray"],
			Missed: [__("Missed"), "red"],
			Unknown: [__("Ringing stopped"), "yellow"],
		};
		return [...(indicators[doc.state] || [__(doc.state), "gray"]), `state,=,${doc.state}`];
	},
	formatters: {
		number_display(value, df, doc) {
			if (doc.presentation === "Restricted") return __("Number withheld");
			if (doc.presentation === "Unavailable") return __("Number not available");
			return frappe.utils.escape_html(value || "");
		},
	},
};
