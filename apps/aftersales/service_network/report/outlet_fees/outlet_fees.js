frappe.query_reports["Outlet Fees"] = {
	filters: [
		...aftersales.reports.period(),
		{
			fieldname: "view",
			label: __("View"),
			fieldtype: "Select",
			options: [
				{ value: "Summary", label: __("Summary") },
				{ value: "List", label: __("List") },
			],
			default: "Summary",
		},
		{
			fieldname: "group_by",
			label: __("By"),
			fieldtype: "Select",
			options: [
				{ value: "outlet", label: __("Outlet") },
				{ value: "branch", label: __("Branch") },
				{ value: "service_centre", label: __("Service Centre") },
				{ value: "employee", label: __("Employee") },
			],
			default: "outlet",
			depends_on: "eval:doc.view !== 'List'",
		},
		{ fieldname: "outlet", label: __("Outlet"), fieldtype: "Link", options: "Service Outlet" },
		{
			fieldname: "fee_kind",
			label: __("Fee Kind"),
			fieldtype: "Select",
			options: [
				{ value: "", label: "" },
				{ value: "Parts", label: __("Parts Fee") },
				{ value: "Visit", label: __("Visit Fee") },
				{ value: "Service", label: __("Service Fee") },
				{ value: "Transport", label: __("Transport Fee") },
				{ value: "Other", label: __("Other Fees") },
			],
		},
	],
	formatter: (...args) => aftersales.reports.drill(...args),
};
