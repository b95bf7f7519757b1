frappe.query_reports["Follow-up Statistics"] = {
	filters: [
		{
			fieldname: "from_date",
			label: __("From Date"),
			fieldtype: "Date",
			default: frappe.datetime.add_months(frappe.datetime.get_today(), -1),
			reqd: 1,
		},
		{
			fieldname: "to_date",
			label: __("To Date"),
			fieldtype: "Date",
			default: frappe.datetime.add_months(frappe.datetime.get_today(), 1),
			reqd: 1,
		},
		{
			fieldname: "group_by",
			label: __("Count by"),
			fieldtype: "Select",
			default: "planned_for",
			options: [
				{ value: "planned_for", label: __("Planned for") },
				{ value: "mode", label: __("Mode") },
				{ value: "purpose", label: __("Purpose") },
				{ value: "opinion", label: __("Customer Opinion") },
				{ value: "satisfied", label: __("Satisfaction") },
				{ value: "source_doctype", label: __("Source Type") },
				{ value: "plan", label: __("Follow-up Plan") },
				{ value: "region", label: __("Region") },
				{ value: "status", label: __("Status") },
			],
		},
		{ fieldname: "planned_for", label: __("Planned for"), fieldtype: "Link", options: "User" },
	],
	formatter: aftersales.reports.drill,
};
