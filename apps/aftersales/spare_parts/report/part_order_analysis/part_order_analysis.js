frappe.query_reports["Part Order Analysis"] = {
	filters: [
		...aftersales.reports.period(3),
		{
			fieldname: "group_by",
			label: __("Group By"),
			fieldtype: "Select",
			options: [
				{ value: "Part", label: __("Part") },
				{ value: "Outlet", label: __("Outlet") },
				{ value: "Dealer", label: __("Dealer") },
				{ value: "Technician", label: __("Technician") },
				{ value: "Month", label: __("Month") },
			],
			default: "Part",
		},
		{ fieldname: "outlet", label: __("Outlet"), fieldtype: "Link", options: "Service Outlet" },
		{ fieldname: "dealer", label: __("Dealer"), fieldtype: "Link", options: "Dealer" },
		{
			fieldname: "spare_part",
			label: __("Spare Part"),
			fieldtype: "Link",
			options: "Spare Part",
		},
	],
};
