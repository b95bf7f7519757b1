frappe.query_reports["Staff Contact Counts"] = {
	filters: [
		...aftersales.reports.period(1),
		{ fieldname: "employee", label: __("Employee"), fieldtype: "Link", options: "User" },
	],
};
