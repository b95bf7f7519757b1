const OPEN = ["Follow-up", "stage", "=", "Open"];

frappe.listview_settings["Follow-up"] = {
	add_fields: ["stage", "due_date"],

	formatters: {
		due_date(value, _field, doc) {
			const late = doc.stage === "Open" && value < frappe.datetime.get_today();
			const text = frappe.format(value, { fieldtype: "Date" });
			return late ? `<span class="text-danger">${text}</span>` : text;
		},
	},

	onload(listview) {
		const show = (label, filters) =>
			listview.page.add_inner_button(label, () =>
				listview.filter_area.clear(false).then(() => listview.filter_area.add(filters()))
			);
		const today = () => frappe.datetime.get_today();
		show(__("Due for Me"), () => [
			["Follow-up", "planned_for", "=", frappe.session.user],
			OPEN,
			["Follow-up", "due_date", "<=", today()],
		]);
		show(__("Awaiting My Feedback"), () => [
			["Follow-up", "feedback_person", "=", frappe.session.user],
			["Follow-up", "stage", "=", "Awaiting Feedback"],
		]);
		show(__("Due in 7 Days"), () => [
			OPEN,
			["Follow-up", "due_date", "<=", frappe.datetime.add_days(today(), 7)],
		]);
		if (frappe.model.can_create("Follow-up")) {
			listview.page.add_action_item(__("Share Out"), () => share_out(listview));
		}
	},
};

function share_out(listview) {
	const names = listview.get_checked_items(true);
	const dialog = new frappe.ui.Dialog({
		title: __("Share Out {0} Follow-ups", [names.length]),
		fields: [
			{
				fieldname: "users",
				fieldtype: "MultiSelectPills",
				label: __("Users"),
				reqd: 1,
				get_data: (text) => frappe.db.get_link_options("User", text, { user_type: "System User", enabled: 1 }),
			},
		],
		primary_action_label: __("Share Out"),
		primary_action({ users }) {
			dialog.hide();
			frappe.xcall("aftersales.aftersales.follow_ups.assign", { names, users }).then((given) => {
				const text = Object.entries(given).map(([user, number]) => `${frappe.user.full_name(user)}: ${number}`);
				frappe.show_alert({ message: frappe.utils.escape_html(text.join(", ")), indicator: "green" });
				listview.clear_checked_items();
				listview.refresh();
			});
		},
	});
	dialog.show();
}
