frappe.query_reports["After-sales Statistics"] = {
	filters: [
		...aftersales.reports.period(12),
		aftersales.reports.group_by([
			["Time", __("Time")],
			["order_kind", __("Order Kind")],
			["service_type", __("Service Type")],
			["outlet", __("Outlet")],
			["service_centre", __("Service Centre")],
			["region", __("Region")],
			["technician", __("Technician")],
			["product_category", __("Product Category")],
			["product", __("Product")],
			["warranty_state", __("Warranty")],
		]),
		{ ...aftersales.reports.unit(), depends_on: "eval:doc.group_by === 'Time'" },
		aftersales.reports.link("outlet", __("Outlet"), "Service Outlet"),
		aftersales.reports.link("region", __("Region"), "Service Region"),
		aftersales.reports.link("service_type", __("Service Type"), "Service Type"),
		aftersales.reports.link("product_category", __("Product Category"), "Product Category"),
		aftersales.reports.link("technician", __("Technician"), "Technician"),
	],
	formatter: aftersales.reports.drill,
};
