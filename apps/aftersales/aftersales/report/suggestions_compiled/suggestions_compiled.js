frappe.query_reports["Suggestions Compiled"] = {
	filters: [
		...aftersales.reports.period(),
		{
			fieldname: "complaint_type",
			label: __("Complaint Type"),
			fieldtype: "Link",
			options: "Complaint Type",
		},
		{
			fieldname: "department",
			label: __("Department"),
			fieldtype: "Link",
			options: "Service Department",
		},
		{ fieldname: "product", label: __("Product"), fieldtype: "Link", options: "Product" },
	],
};
