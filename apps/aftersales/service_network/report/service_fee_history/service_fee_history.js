frappe.query_reports["Service Fee History"] = {
	filters: [
		...aftersales.reports.period(),
		{ fieldname: "outlet", label: __("Outlet"), fieldtype: "Link", options: "Service Outlet" },
		{ fieldname: "employee", label: __("Employee"), fieldtype: "Link", options: "User" },
		{
			fieldname: "paid",
			label: __("Paid"),
			fieldtype: "Select",
			options: [
				{ value: "", label: "" },
				{ value: "Yes", label: __("Yes") },
				{ value: "No", label: __("No") },
			],
		},
	],
};
