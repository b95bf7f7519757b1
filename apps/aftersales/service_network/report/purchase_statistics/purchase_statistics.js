frappe.query_reports["Purchase Statistics"] = {
	filters: [
		...aftersales.reports.period(12),
		aftersales.reports.group_by([
			["Time", __("Time")],
			["sales_representative", __("Sales Representative")],
			["selling_unit", __("Selling Unit")],
			["product", __("Product")],
			["product_category", __("Product Category")],
			["outlet", __("Outlet")],
			["customer", __("Customer")],
		]),
		{ ...aftersales.reports.unit(), depends_on: "eval:doc.group_by === 'Time'" },
		aftersales.reports.link("selling_unit", __("Selling Unit"), "Dealer"),
		aftersales.reports.link("sales_representative", __("Sales Representative"), "User"),
		aftersales.reports.link("outlet", __("Outlet"), "Service Outlet"),
		aftersales.reports.link("customer", __("Customer"), "Service Customer"),
	],
	formatter: aftersales.reports.drill,
};
