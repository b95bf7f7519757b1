frappe.listview_settings["Settlement Period"] = {
	onload(list) {
		if (!frappe.model.can_write("Settlement Period")) return;
		list.page.add_menu_item(__("Enter Missing Fees"), enter_missing_fees);
	},
};

function enter_missing_fees() {
	const today = frappe.datetime.get_today();
	frappe.prompt(
		[
			{
				fieldname: "from_date",
				fieldtype: "Date",
				label: __("From Date"),
				default: frappe.datetime.add_months(today, -12),
				description: __("Orders that were completed before fees were kept get theirs."),
				reqd: 1,
			},
			{ fieldname: "to_date", fieldtype: "Date", label: __("To Date"), default: today, reqd: 1 },
			{
				fieldname: "with_receivables",
				fieldtype: "Check",
				label: __("Also What Customers Owe"),
				description: __("Due today. Only for orders of which nobody has paid anything yet."),
			},
		],
		async (values) => {
			await frappe.xcall("aftersales.service_network.missing_fees.start", values);
			frappe.show_alert(__("Missing fees are being entered. You are told when they are."));
		},
		__("Enter Missing Fees"),
		__("Start"),
	);
}
