const COLOURS = { Waiting: "gray", Queueing: "blue", Queued: "green", Failed: "red", Cancelled: "gray" };

frappe.listview_settings["Message Batch"] = {
	add_fields: ["state"],
	get_indicator: (doc) => [__(doc.state), COLOURS[doc.state], `state,=,${doc.state}`],
};
