frappe.query_reports["Customer Contribution"] = {
	filters: [
		...aftersales.reports.period(12),
		aftersales.reports.link("region", __("Region"), "Service Region"),
		aftersales.reports.link("customer_group", __("Customer Group"), "Service Customer Group"),
		aftersales.reports.link("vip_level", __("VIP Level"), "VIP Level"),
		aftersales.reports.link("account_owner", __("Account Owner"), "User"),
	],
};
