frappe.listview_settings["Service Appointment"] = {
	add_fields: ["stage", "time_words", "to_time"],

	onload(listview) {
		const today = () => frappe.datetime.get_today();
		const show = (label, filters) =>
			listview.page.add_inner_button(label, () =>
				listview.filter_area.clear(false).then(() => listview.filter_area.add(filters()))
			);
		const filter = (field, operator, value) => ["Service Appointment", field, operator, value];
		show(__("Today"), () => [
			filter("appointment_date", "=", today()),
			filter("stage", "!=", "Cancelled"),
		]);
		show(__("To Confirm"), () => [
			filter("stage", "in", ["Requested", "Moved"]),
			filter("appointment_date", ">=", today()),
		]);
		show(__("Next 7 Days"), () => [
			filter("stage", "!=", "Cancelled"),
			filter("appointment_date", "Between", [today(), frappe.datetime.add_days(today(), 7)]),
		]);
	},
};
