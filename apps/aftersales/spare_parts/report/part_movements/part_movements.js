frappe.query_reports["Part Movements"] = {
	filters: [
		...aftersales.reports.period(1),
		{
			fieldname: "mode",
			label: __("Count by"),
			fieldtype: "Select",
			options: [
				{ value: "Part", label: __("Part") },
				{ value: "Part Category", label: __("Part Category") },
				{ value: "Warehouse", label: __("Warehouse") },
				{ value: "Month", label: __("Month") },
			],
			default: "Part",
			reqd: 1,
		},
		...aftersales.reports.stock(),
	],
	formatter: aftersales.reports.quantity,
};
