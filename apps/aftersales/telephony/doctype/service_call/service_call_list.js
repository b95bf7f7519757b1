frappe.listview_settings["Service Call"] = {
	add_fields: ["state", "presentation", "direction", "match_level", "call_back_state"],
	hide_name_column: true,
	get_indicator(doc) {
		const indicators = {
			Ringing: [__("Ringing"), "blue"],
			Answered: [__("Answered"), "green"],
			Ended: [__("Ended"), "gray"],
			Missed: [__("Missed"), "red"],
			Unknown: [__("Ringing stopped"), "yellow"],
		};
		if (doc.call_back_state === "To Call Back") {
			return [__("To Call Back"), "orange", "call_back_state,=,To Call Back"];
		}
		if (doc.direction === "Outbound" && doc.state === "Missed") {
			return [__("Not Answered"), "gray", "direction,=,Outbound|state,=,Missed"];
		}
		return [...(indicators[doc.state] || [__(doc.state), "gray"]), `state,=,${doc.state}`];
	},
	button: {
		show: (doc) => doc.call_back_state === "To Call Back" && aftersales.telephony.dial_lines().length,
		get_label: () => __("Call Back"),
		get_description: (doc) => __("Call {0} back", [doc.number_display]),
		action: (doc) =>
			aftersales.telephony.dial(doc.number_display, { doctype: "Service Call", name: doc.name }),
	},
	formatters: {
		number_display(value, df, doc) {
			if (doc.presentation === "Restricted") return __("Number withheld");
			if (doc.presentation === "Unavailable") return __("Number not available");
			return frappe.utils.escape_html(value || "");
		},
	},
};
