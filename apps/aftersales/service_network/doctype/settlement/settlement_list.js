frappe.listview_settings["Settlement"] = {
	onload(list) {
		if (!frappe.model.can_create("Settlement")) return;
		list.page.add_inner_button(__("Settle Several Outlets"), () => ask(list));
	},
};

function ask(list) {
	const month = frappe.datetime.add_months(frappe.datetime.month_start(), -1);
	frappe.prompt(
		[
			{ fieldname: "period_from", fieldtype: "Date", label: __("Period from"), default: month, reqd: 1 },
			{
				fieldname: "period_to",
				fieldtype: "Date",
				label: __("Period to"),
				default: frappe.datetime.add_days(frappe.datetime.month_start(), -1),
				reqd: 1,
			},
			{
				fieldname: "outlet",
				fieldtype: "Link",
				label: __("Only Below"),
				options: "Service Outlet",
				description: __("All outlets that you see have their turn if this is empty."),
			},
		],
		async (values) => {
			const { outlets } = await frappe.xcall("aftersales.service_network.settlement_run.start", values);
			frappe.show_alert(__("Settlements of {0} outlets are being made.", [outlets]));
			list.refresh();
		},
		__("Settle Several Outlets"),
		__("Start"),
	);
}
