const STATE_COLOURS = { Running: "blue", Paused: "gray", Met: "green", Late: "red", Cancelled: "gray" };

frappe.listview_settings["Service Deadline"] = {
	add_fields: ["state", "due_at"],
	hide_name_column: true,
	filters: [["state", "in", ["Running", "Paused"]]],
	get_indicator(doc) {
		const over = doc.state === "Running" && doc.due_at < frappe.datetime.system_datetime();
		if (over) return [__("Overdue"), "red", "state,=,Running"];
		return [__(doc.state), STATE_COLOURS[doc.state], `state,=,${doc.state}`];
	},
	formatters: {
		step: (value) => frappe.utils.escape_html(__(value)),
		due_at: (value, _field, doc) =>
			doc.state === "Running" ? aftersales.deadline.pill(value) : frappe.datetime.str_to_user(value),
	},
	button: {
		show: () => true,
		get_label: () => __("Show Document"),
		get_description: (doc) => __("Open {0}", [`${__(doc.reference_doctype)} ${doc.reference_name}`]),
		action: (doc) => frappe.set_route("Form", doc.reference_doctype, doc.reference_name),
	},
	onload(listview) {
		listview.page.add_inner_button(__("My Deadlines"), () =>
			listview.filter_area.clear(false).then(() =>
				listview.filter_area.add([
					["Service Deadline", "user", "=", frappe.session.user],
					["Service Deadline", "state", "in", ["Running", "Paused"]],
				])
			)
		);
	},
};
