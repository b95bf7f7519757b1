frappe.query_reports["Customers Not Seen For Long"] = {
	filters: [
		{
			fieldname: "days",
			label: __("Not in Touch for Days"),
			fieldtype: "Int",
			default: 180,
			reqd: 1,
		},
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
		{
			fieldname: "account_owner",
			label: __("Account Owner"),
			fieldtype: "Link",
			options: "User",
		},
	],
};
