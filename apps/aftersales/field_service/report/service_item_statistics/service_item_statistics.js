frappe.query_reports["Service-item Statistics"] = {
	filters: [
		...aftersales.reports.period(3),
		{
			fieldname: "group_by",
			label: __("Group By"),
			fieldtype: "Select",
			options: [
				{ value: "Service Item", label: __("Service Item") },
				{ value: "Product Category", label: __("Product Category") },
				{ value: "Outlet", label: __("Outlet") },
				{ value: "Technician", label: __("Technician") },
			],
			default: "Service Item",
		},
		{ fieldname: "service_item", label: __("Service Item"), fieldtype: "Link", options: "Service Item" },
		{ fieldname: "outlet", label: __("Outlet"), fieldtype: "Link", options: "Service Outlet" },
	],
};
