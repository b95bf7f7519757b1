frappe.query_reports["Never Followed Up"] = {
	filters: [
		...aftersales.reports.period(),
		{
			fieldname: "population",
			label: __("Population"),
			fieldtype: "Select",
			default: "Completed Tickets",
			options: [
				{ value: "Completed Tickets", label: __("Completed Tickets") },
				{ value: "Closed Complaints", label: __("Closed Complaints") },
				{ value: "Completed Sales", label: __("Completed Sales") },
				{ value: "Completed Services", label: __("Completed Services") },
			],
			depends_on: "eval:!doc.plan",
		},
		{ fieldname: "plan", label: __("Follow-up Plan"), fieldtype: "Link", options: "Follow-up Plan" },
	],
};
