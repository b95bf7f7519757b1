frappe.query_reports["First Free Maintenance by Model"] = {
	filters: [
		...aftersales.reports.period(),
		{ fieldname: "outlet", label: __("Outlet"), fieldtype: "Link", options: "Service Outlet" },
		{ fieldname: "product", label: __("Product"), fieldtype: "Link", options: "Product" },
	],
};
