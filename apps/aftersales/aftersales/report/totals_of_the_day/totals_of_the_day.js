frappe.query_reports["Totals of the Day"] = {
	filters: [
		{
			fieldname: "day",
			label: __("Day"),
			fieldtype: "Date",
			default: frappe.datetime.get_today(),
			reqd: 1,
		},
	],
	formatter: aftersales.reports.drill,
};
