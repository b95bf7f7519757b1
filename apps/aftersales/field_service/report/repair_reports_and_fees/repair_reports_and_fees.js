frappe.query_reports["Repair Reports and Fees"] = {
	filters: [
		...aftersales.reports.period(1),
		aftersales.reports.unit("Day"),
		aftersales.reports.link("region", __("Region"), "Service Region"),
		aftersales.reports.link("product_category", __("Product Category"), "Product Category"),
		aftersales.reports.link("outlet", __("Outlet"), "Service Outlet"),
	],
	formatter: aftersales.reports.drill,
};
