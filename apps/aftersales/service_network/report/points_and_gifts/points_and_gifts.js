frappe.query_reports["Points and Gifts"] = {
	filters: [
		...aftersales.reports.period(12),
		{
			fieldname: "customer",
			label: __("Customer"),
			fieldtype: "Link",
			options: "Service Customer",
		},
		{ fieldname: "reward", label: __("Reward"), fieldtype: "Link", options: "Reward" },
	],
};
