frappe.query_reports["Customer Composition"] = {
	filters: [
		aftersales.reports.group_by([
			["region", __("Region")],
			["customer_group", __("Customer Group")],
			["vip_level", __("VIP Level")],
			["customer_kind", __("Kind of Customer")],
			["gender", __("Gender")],
			["age_band", __("Approximate Age")],
			["occupation", __("Job")],
			["account_owner", __("Account Owner")],
			["dealer", __("Dealer")],
			["promotion_acceptance", __("Acceptance of Promotion Information")],
			["preferred_channel", __("Preferred Channel")],
		]),
		aftersales.reports.link("region", __("Region"), "Service Region"),
		aftersales.reports.link("customer_group", __("Customer Group"), "Service Customer Group"),
		aftersales.reports.link("vip_level", __("VIP Level"), "VIP Level"),
	],
	formatter: aftersales.reports.drill,
};
