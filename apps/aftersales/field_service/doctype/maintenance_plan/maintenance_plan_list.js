frappe.listview_settings["Maintenance Plan"] = {
	add_fields: ["enabled", "next_due"],

	get_indicator(doc) {
		return doc.enabled
			? [__("Enabled"), "green", "enabled,=,1"]
			: [__("Paused"), "gray", "enabled,=,0"];
	},

	onload(listview) {
		if (!frappe.model.can_create("Maintenance Plan")) return;
		listview.page.add_inner_button(__("Plan Visits Now"), () =>
			frappe
				.call({
					method: "aftersales.field_service.maintenance_plans.plan_now",
					freeze: true,
					freeze_message: __("Planning visits …"),
				})
				.then(({ message: made }) => {
					const message = made.background
						? __("Visits are being planned in the background.")
						: __("Plans made: {0}, visits made: {1}", [made.plans, made.visits]);
					frappe.show_alert({ message, indicator: "green" });
					listview.refresh();
				})
		);
	},
};
