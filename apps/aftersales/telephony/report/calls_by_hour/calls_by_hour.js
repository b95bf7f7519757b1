frappe.query_reports["Calls by Hour"] = {
	filters: [
		...aftersales.reports.period(),
		{
			fieldname: "group_by",
			label: __("Group By"),
			fieldtype: "Select",
			options: [
				{ value: "Hour", label: __("Hour", null, "Calls by Hour") },
				{ value: "Weekday", label: __("Weekday") },
			],
			default: "Hour",
		},
		...aftersales.reports.calls("phone_line", "agent"),
	],
};
