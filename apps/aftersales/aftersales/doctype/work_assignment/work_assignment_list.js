frappe.listview_settings["Work Assignment"] = {
	add_fields: ["assignee", "assigned_by", "stage", "due_on"],

	onload(listview) {
		const show = (filters) =>
			listview.filter_area
				.clear(false)
				.then(() =>
					listview.filter_area.add(filters.map((filter) => ["Work Assignment", ...filter]))
				);
		const me = frappe.session.user;
		const open = ["stage", "not in", ["Done", "Closed"]];
		listview.page.add_inner_button(__("Assigned to Me"), () => show([["assignee", "=", me], open]));
		listview.page.add_inner_button(__("Assigned by Me"), () => show([["assigned_by", "=", me]]));
		listview.page.add_inner_button(__("My People"), () =>
			frappe
				.xcall("aftersales.aftersales.work.assignments.my_people")
				.then((people) => show([["assignee", "in", people.filter((user) => user !== me)], open]))
		);
	},
};
