frappe.listview_settings["Personal Data Request"] = {
	get_indicator(doc) {
		const colours = { Queued: "gray", Running: "blue", Done: "green", Failed: "red" };
		return [__(doc.status), colours[doc.status], `status,=,${doc.status}`];
	},
};
