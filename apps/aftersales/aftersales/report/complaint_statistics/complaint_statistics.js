frappe.query_reports["Complaint Statistics"] = {
	filters: [
		{
			fieldname: "mode",
			label: __("Count by"),
			fieldtype: "Select",
			options: [
				{ value: "Complaint Type", label: __("Complaint Type") },
				{ value: "Department", label: __("Department") },
				{ value: "Handler", label: __("Handler") },
				{ value: "Product", label: __("Product") },
				{ value: "Channel", label: __("Channel") },
				{ value: "Kind", label: __("Kind") },
				{ value: "Month", label: __("Month") },
			],
			default: "Complaint Type",
			reqd: 1,
		},
		...aftersales.reports.period(12),
		...aftersales.reports.complaints(),
	],
	formatter: aftersales.reports.drill,
};
