const LISTS = [
	["to_review", () => __("To Review in My Department")],
	["to_handle", () => __("To Handle by Me")],
	["feedback_due", () => __("Feedback Due")],
	["overdue", () => __("Overdue")],
	["major", () => __("Major Events")],
];

frappe.listview_settings["Customer Complaint"] = {
	add_fields: ["stage", "due_at", "major_event", "level"],

	formatters: {
		complaint_type(value, _df, doc) {
			const text = frappe.utils.escape_html(__(value || ""));
			return doc.major_event
				? `<span class="indicator-pill red no-indicator-dot" title="${__("Major Event")}">!</span> ${text}`
				: text;
		},
		due_at(value, df, doc) {
			const text = value ? frappe.datetime.str_to_user(value) : "";
			const late = value && doc.stage !== "Done" && value < frappe.datetime.now_datetime();
			return late ? `<span class="text-danger">${text}</span>` : text;
		},
	},

	onload(listview) {
		offer_states_of_workflow(listview);
		for (const [key, label] of LISTS) {
			listview.page.add_inner_button(label(), () => show(listview, key), __("Work Lists"));
		}
	},
};

function show(listview, key) {
	frappe.xcall("aftersales.aftersales.complaints.work_list").then((lists) => {
		const filters = lists[key].filters.map((filter) => ["Customer Complaint", ...filter]);
		listview.filter_area.clear(false).then(() => listview.filter_area.add(filters));
	});
}

// The state filter offers the states of complaints, not those of all workflows on the site.
function offer_states_of_workflow(listview) {
	const filter = listview.page.fields_dict.status;
	const workflow = frappe.workflow.workflows["Customer Complaint"];
	if (filter && workflow) {
		const states = workflow.states.map((row) => row.state);
		filter.get_query = () => ({ filters: { name: ["in", states] } });
	}
}
