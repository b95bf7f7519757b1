const SNAPSHOT_COLOURS = { Queued: "gray", Building: "blue", Ready: "green", Failed: "red" };

frappe.listview_settings["Emergency Snapshot"] = {
	get_indicator: (doc) => [__(doc.status), SNAPSHOT_COLOURS[doc.status] || "gray", `status,=,${doc.status}`],
};
