frappe.query_reports["Check Findings"] = {
	filters: [
		{
			fieldname: "from_date",
			label: __("From Date"),
			fieldtype: "Date",
			reqd: 1,
			default: frappe.datetime.add_months(frappe.datetime.get_today(), -3),
		},
		{
			fieldname: "to_date",
			label: __("To Date"),
			fieldtype: "Date",
			reqd: 1,
			default: frappe.datetime.get_today(),
		},
		{
			fieldname: "group_by",
			label: __("Group By"),
			fieldtype: "Select",
			options: [
				{ value: "Person and Criterion", label: __("Person and Criterion") },
				{ value: "Person", label: __("Person") },
				{ value: "Criterion", label: __("Criterion") },
			],
			default: "Person and Criterion",
		},
		{ fieldname: "checked_person", label: __("Person in Charge"), fieldtype: "Link", options: "User" },
		{ fieldname: "plan", label: __("Check Plan"), fieldtype: "Link", options: "Check Plan" },
	],
};
