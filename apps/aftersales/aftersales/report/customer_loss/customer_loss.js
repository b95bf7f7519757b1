frappe.query_reports["Customer Loss"] = {
	filters: [
		{
			fieldname: "months",
			label: __("Months Without a Sign of Life"),
			fieldtype: "Int",
			default: 12,
			reqd: 1,
		},
		aftersales.reports.group_by([
			["Region", __("Region")],
			["Customer Group", __("Customer Group")],
			["VIP Level", __("VIP Level")],
			["Account Owner", __("Account Owner")],
			["Customer", __("Customers One by One")],
		]),
		aftersales.reports.link("region", __("Region"), "Service Region"),
		aftersales.reports.link("customer_group", __("Customer Group"), "Service Customer Group"),
		aftersales.reports.link("vip_level", __("VIP Level"), "VIP Level"),
		aftersales.reports.link("account_owner", __("Account Owner"), "User"),
	],
};
