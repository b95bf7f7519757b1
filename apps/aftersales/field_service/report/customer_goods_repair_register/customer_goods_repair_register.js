frappe.query_reports["Customer Goods Repair Register"] = {
	filters: [
		...aftersales.reports.period(),
		{ fieldname: "outlet", label: __("Outlet"), fieldtype: "Link", options: "Service Outlet" },
		{
			fieldname: "origin",
			label: __("Origin"),
			fieldtype: "Select",
			options: [
				{ value: "", label: "" },
				{ value: "Counter", label: __("Counter") },
				{ value: "Taken Along", label: __("Taken Along") },
			],
		},
		{
			fieldname: "route",
			label: __("Repair Route"),
			fieldtype: "Select",
			options: [
				{ value: "", label: "" },
				{ value: "Local", label: __("Local") },
				{ value: "Factory", label: __("Factory") },
			],
		},
		{ fieldname: "status", label: __("Status"), fieldtype: "Link", options: "Workflow State" },
	],
};
