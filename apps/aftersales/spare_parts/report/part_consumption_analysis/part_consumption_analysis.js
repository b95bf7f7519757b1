frappe.query_reports["Part Consumption Analysis"] = {
	filters: [
		...aftersales.reports.period(11),
		aftersales.reports.unit(),
		...aftersales.reports.stock(),
	],
	formatter: aftersales.reports.quantity,
};
