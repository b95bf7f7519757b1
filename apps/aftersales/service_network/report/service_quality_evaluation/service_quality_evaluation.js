frappe.query_reports["Service Quality Evaluation"] = {
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
			fieldname: "group_by",
			label: __("Group By"),
			fieldtype: "Select",
			options: ["Made By", "Technician", "Outlet"].map((value) => ({ value, label: __(value) })),
			default: "Made By",
			reqd: 1,
		},
		{ fieldname: "outlet", label: __("Outlet"), fieldtype: "Link", options: "Service Outlet" },
		{ fieldname: "hours", label: __("Feedback Within (Hours)"), fieldtype: "Int", default: 24 },
	],
};
