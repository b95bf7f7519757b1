frappe.query_reports["Product Fault-cause Analysis"] = {
	filters: [
		...aftersales.reports.period(3),
		{
			fieldname: "group_by",
			label: __("Group By"),
			fieldtype: "Select",
			options: [
				{ value: "Product", label: __("Product") },
				{ value: "Product Category", label: __("Product Category") },
				{ value: "Outlet", label: __("Outlet") },
				{ value: "Region", label: __("Region") },
			],
			default: "Product",
		},
		{ fieldname: "product", label: __("Product"), fieldtype: "Link", options: "Product" },
		{
			fieldname: "product_category",
			label: __("Product Category"),
			fieldtype: "Link",
			options: "Product Category",
		},
		{ fieldname: "outlet", label: __("Outlet"), fieldtype: "Link", options: "Service Outlet" },
	],
	formatter: aftersales.reports.drill,
};
