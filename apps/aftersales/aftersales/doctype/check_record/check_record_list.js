frappe.listview_settings["Check Record"] = {
	add_fields: ["result", "checked_person", "checker"],

	formatters: {
		result(value) {
			if (!value) return "";
			const colour = value === "Passed" ? "green" : "red";
			return `<span class="indicator-pill ${colour} ellipsis"><span class="ellipsis">${__(value)}</span></span>`;
		},
	},

	onload(listview) {
		const filter = listview.page.fields_dict.status;
		const workflow = frappe.workflow.workflows["Check Record"];
		if (filter && workflow) {
			const states = workflow.states.map((row) => row.state);
			filter.get_query = () => ({ filters: { name: ["in", states] } });
		}
		listview.page.add_inner_button(__("Mine to Check"), () =>
			listview.filter_area.clear(false).then(() =>
				listview.filter_area.add([
					["Check Record", "checker", "=", frappe.session.user],
					["Check Record", "checked", "=", 0],
				])
			)
		);
	},
};
