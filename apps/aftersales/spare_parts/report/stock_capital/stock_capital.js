frappe.query_reports["Stock Capital"] = {
	filters: [
		{
			fieldname: "mode",
			label: __("Group by"),
			fieldtype: "Select",
			options: [
				{ value: "Outlet", label: __("Outlet") },
				{ value: "Region", label: __("Region") },
				{ value: "Warehouse", label: __("Warehouse") },
				{ value: "Warehouse Kind", label: __("Warehouse Kind") },
				{ value: "Part Category", label: __("Part Category") },
			],
			default: "Outlet",
			reqd: 1,
		},
		{ fieldname: "region", label: __("Region"), fieldtype: "Link", options: "Service Region" },
		...aftersales.reports.stock(),
		{ fieldname: "on_date", label: __("At the End of"), fieldtype: "Date" },
	],
};
