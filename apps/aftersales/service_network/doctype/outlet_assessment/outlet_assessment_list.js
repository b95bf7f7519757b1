frappe.listview_settings["Outlet Assessment"] = {
	onload(list) {
		if (!frappe.model.can_create("Outlet Assessment")) return;
		list.page.add_inner_button(__("Assess a Month"), () => {
			const last = frappe.datetime.add_months(frappe.datetime.month_start(), -1);
			frappe.prompt(
				{
					fieldname: "month",
					fieldtype: "Date",
					label: __("Month"),
					default: last,
					reqd: 1,
					description: __("Any day of the month. Confirmed assessments stay as they are."),
				},
				({ month }) =>
					frappe.xcall("aftersales.service_network.assessments.compute", { month }).then(() =>
						frappe.show_alert({
							message: __("The outlets are being assessed. Load the list again in a moment."),
							indicator: "blue",
						}),
					),
				__("Assess a Month"),
				__("Assess"),
			);
		});
	},
};
