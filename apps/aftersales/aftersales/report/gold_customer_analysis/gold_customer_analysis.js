frappe.query_reports["Gold Customer Analysis"] = {
	filters: [
		{
			fieldname: "times",
			label: __("From Times the Average"),
			fieldtype: "Float",
			default: 2,
		},
		{
			fieldname: "region",
			label: __("Region"),
			fieldtype: "Link",
			options: "Service Region",
		},
		{
			fieldname: "customer_group",
			label: __("Customer Group"),
			fieldtype: "Link",
			options: "Service Customer Group",
		},
	],
};
