frappe.query_reports["Top Spenders"] = {
	filters: [
		...aftersales.reports.period(12),
		{ fieldname: "top", label: __("How Many"), fieldtype: "Int", default: 20 },
		{
			fieldname: "customer_group",
			label: __("Customer Group"),
			fieldtype: "Link",
			options: "Service Customer Group",
		},
		{
			fieldname: "region",
			label: __("Region"),
			fieldtype: "Link",
			options: "Service Region",
		},
		{
			fieldname: "vip_level",
			label: __("VIP Level"),
			fieldtype: "Link",
			options: "VIP Level",
		},
	],
};
