const PLANNED_VISITS = ["Maintenance Visit", "stage", "=", "Planned"];

frappe.listview_settings["Maintenance Visit"] = {
	add_fields: ["stage", "due_date"],

	formatters: {
		due_date(value, _field, doc) {
			const late = ["Planned", "Released"].includes(doc.stage) && value < frappe.datetime.get_today();
			const text = frappe.format(value, { fieldtype: "Date" });
			return late ? `<span class="text-danger">${text}</span>` : text;
		},
	},

	onload(listview) {
		const show = (label, filters) =>
			listview.page.add_inner_button(label, () =>
				listview.filter_area.clear(false).then(() => listview.filter_area.add(filters()))
			);
		show(__("Due in 30 Days"), () => [
			PLANNED_VISITS,
			["Maintenance Visit", "due_date", "<=", frappe.datetime.add_days(frappe.datetime.get_today(), 30)],
		]);
		show(__("To Be Confirmed"), () => [
			["Maintenance Visit", "visit_kind", "=", "First Free Maintenance"],
			["Maintenance Visit", "stage", "=", "Done"],
			["Maintenance Visit", "confirmation", "=", "To Be Confirmed"],
		]);
		if (frappe.model.can_write("Maintenance Visit")) {
			listview.page.add_action_item(__("Release to Orders"), () => release(listview));
		}
	},
};

function release(listview) {
	const visits = listview.get_checked_items(true);
	frappe
		.call({
			method: "aftersales.field_service.maintenance_visits.release",
			args: { visits },
			freeze: true,
			freeze_message: __("Making orders …"),
		})
		.then(({ message: { released, failed } }) => {
			frappe.show_alert({ message: __("Orders made: {0}", [released.length]), indicator: "green" });
			if (failed.length) {
				const rows = failed.map((row) => `<li>${frappe.utils.escape_html(row.visit)}: ${row.message}</li>`);
				frappe.msgprint({
					title: __("Not Released"),
					message: `<ul>${rows.join("")}</ul>`,
					indicator: "orange",
				});
			}
			listview.clear_checked_items();
			listview.refresh();
		});
}
