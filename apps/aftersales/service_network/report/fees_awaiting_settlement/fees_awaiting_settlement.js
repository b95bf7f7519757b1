frappe.query_reports["Fees Awaiting Settlement"] = {
	filters: [
		{
			fieldname: "until",
			label: __("Until"),
			fieldtype: "Date",
			default: frappe.datetime.get_today(),
			reqd: 1,
		},
		{ fieldname: "outlet", label: __("Outlet"), fieldtype: "Link", options: "Service Outlet" },
		{
			fieldname: "missing",
			label: __("What Is Missing"),
			fieldtype: "Select",
			options: [
				"",
				"Nothing",
				"No Follow-up",
				"Follow-up Not Done",
				"Customer Not Real",
				"Not Certified",
				"Customer Not Satisfied",
			].map((value) => ({ value, label: __(value) })),
		},
	],
};
