frappe.query_reports["Never Followed Up"] = {
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
			default: frappe.datetime.get_today(),
			reqd: 1,
		},
		{
			fieldname: "population",
			label: __("Population"),
			fieldtype: "Select",
			default: "Completed Tickets",
			options: [
				{ value: "Completed Tickets", label: __("Completed Tickets") },
				{ value: "Closed Complaints", label: __("Closed Complaints") },
			],
			depends_on: "eval:!doc.plan",
		},
		{ fieldname: "plan", label: __("Follow-up Plan"), fieldtype: "Link", options: "Follow-up Plan" },
	],
};
