frappe.query_reports["Warranty Payments"] = {
	filters: [
		...aftersales.reports.period(),
		{
			fieldname: "view",
			label: __("View"),
			fieldtype: "Select",
			default: "Summary",
			options: [
				{ value: "Summary", label: __("Summary") },
				{ value: "Detail", label: __("Detail") },
			],
		},
		{
			fieldname: "claim_kind",
			label: __("Kind of Claim"),
			fieldtype: "Select",
			options: [
				{ value: "", label: "" },
				{ value: "Warranty", label: __("Warranty") },
				{ value: "First Free Maintenance", label: __("First Free Maintenance") },
			],
		},
		{ fieldname: "manufacturer", label: __("Manufacturer"), fieldtype: "Data" },
		{ fieldname: "outlet", label: __("Outlet"), fieldtype: "Link", options: "Service Outlet" },
	],
};
