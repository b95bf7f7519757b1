const COLOURS = {
	Queued: "blue",
	Sending: "light-blue",
	Sent: "green",
	Failed: "red",
	Cancelled: "gray",
	Suppressed: "orange",
};

frappe.listview_settings["Outgoing Message"] = {
	add_fields: ["state"],
	get_indicator: (doc) => [__(doc.state), COLOURS[doc.state], `state,=,${doc.state}`],
};
