const OPEN_ORDERS = ["Open", "Dispatched", "Received", "In Work", "Waiting"];

frappe.listview_settings["Service Order"] = {
	add_fields: ["stage", "urgency", "order_kind"],

	onload(listview) {
		const filter = listview.page.fields_dict.status;
		const workflow = frappe.workflow.workflows["Service Order"];
		if (filter && workflow) {
			const states = workflow.states.map((row) => row.state);
			filter.get_query = () => ({ filters: { name: ["in", states] } });
		}
		// The views of S24.15-S24.20.
		const views = [
			[__("Open Orders"), [["stage", "in", OPEN_ORDERS]]],
			[
				__("My Open Orders"),
				[
					["receiver", "=", frappe.session.user],
					["stage", "in", OPEN_ORDERS],
				],
			],
			[
				__("Awaiting My Feedback"),
				[
					["feedback_person", "=", frappe.session.user],
					["status", "=", "Awaiting Feedback"],
				],
			],
			[__("Closed Orders"), [["stage", "in", ["Completed", "Followed Up", "Audited"]]]],
		];
		for (const [label, filters] of views) {
			listview.page.add_inner_button(label, () => show(listview, filters), __("Orders"));
		}
		listview.page.add_inner_button(__("Monitor"), () => frappe.set_route("query-report", "Order Monitor"), __("Orders"));
	},
};

function show(listview, filters) {
	listview.filter_area
		.clear(false)
		.then(() => listview.filter_area.add(filters.map((filter) => ["Service Order", ...filter])));
}
