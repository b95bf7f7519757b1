const URGENCY_COLOURS = { Low: "gray", Normal: "blue", High: "orange", Critical: "red" };

frappe.listview_settings["Service Ticket"] = {
	add_fields: ["completed", "urgency"],

	formatters: {
		urgency(value) {
			if (!value) return "";
			const colour = URGENCY_COLOURS[value] || "gray";
			return `<span class="filterable indicator-pill ${colour} ellipsis" data-filter="urgency,=,${value}">
				<span class="ellipsis">${__(value)}</span>
			</span>`;
		},
		resolve_by: (value) => aftersales.deadline.pill(value),
	},

	onload(listview) {
		offer_states_of_workflow(listview);
		listview.page.add_inner_button(__("My Open Tickets"), () => show_my_open_tickets(listview));
		listview.page.add_inner_button(__("Overdue"), () => show_overdue_tickets(listview));
	},
};

// The state filter offers the states of tickets, not those of all workflows on the site.
function offer_states_of_workflow(listview) {
	const filter = listview.page.fields_dict.status;
	const workflow = frappe.workflow.workflows["Service Ticket"];
	if (filter && workflow) {
		const states = workflow.states.map((row) => row.state);
		filter.get_query = () => ({ filters: { name: ["in", states] } });
	}
}

function show_my_open_tickets(listview) {
	listview.filter_area.clear(false).then(() =>
		listview.filter_area.add([
			["Service Ticket", "person_in_charge", "=", frappe.session.user],
			["Service Ticket", "completed", "=", 0],
		])
	);
}

// The field is empty while the clock stands still and when the work is done; Frappe counts empty as earlier than now.
function show_overdue_tickets(listview) {
	listview.filter_area
		.clear(false)
		.then(() =>
			listview.filter_area.add([
				["Service Ticket", "resolve_by", "is", "set"],
				["Service Ticket", "resolve_by", "<", frappe.datetime.system_datetime()],
			])
		);
}
