frappe.query_reports["Complaint Handling Register"] = {
	filters: [
		...aftersales.reports.period(),
		...aftersales.reports.complaints(),
	],
};
