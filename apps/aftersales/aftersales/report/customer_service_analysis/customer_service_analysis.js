frappe.query_reports["Customer Service Analysis"] = {
	filters: [
		...aftersales.reports.period(12),
		aftersales.reports.group_by([
			["Customer", __("Customer")],
			["Region", __("Region")],
			["Customer Group", __("Customer Group")],
			["VIP Level", __("VIP Level")],
			["Account Owner", __("Account Owner")],
		]),
		aftersales.reports.link("region", __("Region"), "Service Region"),
		aftersales.reports.link("customer_group", __("Customer Group"), "Service Customer Group"),
		aftersales.reports.link("vip_level", __("VIP Level"), "VIP Level"),
	],
};
