frappe.query_reports["New Customers"] = {
	filters: [
		...aftersales.reports.period(12),
		aftersales.reports.group_by([
			["Time", __("Time")],
			["registered_by", __("File Registered By")],
			["region", __("Region")],
			["customer_group", __("Customer Group")],
			["customer_kind", __("Kind of Customer")],
			["vip_level", __("VIP Level")],
			["dealer", __("Dealer")],
			["account_owner", __("Account Owner")],
		]),
		{ ...aftersales.reports.unit(), depends_on: "eval:doc.group_by === 'Time'" },
		aftersales.reports.link("region", __("Region"), "Service Region"),
		aftersales.reports.link("customer_group", __("Customer Group"), "Service Customer Group"),
		aftersales.reports.link("registered_by", __("Registered By"), "User"),
	],
	formatter: aftersales.reports.drill,
};
