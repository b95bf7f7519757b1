frappe.query_reports["Operator Workload"] = {
	filters: [
		...aftersales.reports.period(),
		{ fieldname: "operator", label: __("Operator"), fieldtype: "Link", options: "User" },
	],
};
