frappe.listview_settings["Part Statement"] = {
	onload(list) {
		if (!frappe.model.can_create("Part Statement")) return;
		list.page.add_inner_button(__("Make Statements of a Month"), () =>
			frappe.prompt(
				{
					fieldname: "month",
					fieldtype: "Date",
					label: __("Any Day of the Month"),
					default: frappe.datetime.add_months(frappe.datetime.month_start(), -1),
					reqd: 1,
				},
				async ({ month }) => {
					const { made } = await frappe.xcall(
						"aftersales.spare_parts.statements.make_for_month",
						{ month },
					);
					frappe.show_alert(__("{0} statements were made.", [made.length]));
					list.refresh();
				},
				__("Make Statements of a Month"),
			),
		);
	},
};
