frappe.query_reports["Customer File Contest"] = {
	filters: [
		{
			fieldname: "from_date",
			label: __("From Date"),
			fieldtype: "Date",
			default: frappe.datetime.month_start(),
		},
		{
			fieldname: "to_date",
			label: __("To Date"),
			fieldtype: "Date",
			default: frappe.datetime.month_end(),
		},
		{
			fieldname: "complete_from",
			label: __("Complete from (%)"),
			fieldtype: "Percent",
			default: 80,
		},
	],
};
