frappe.query_reports["Complaint Statistics"] = {
	filters: [
		{
			fieldname: "mode",
			label: __("Count by"),
			fieldtype: "Select",
			options: [
				{ value: "Complaint Type", label: __("Complaint Type") },
				{ value: "Department", label: __("Department") },
				{ value: "Handler", label: __("Handler") },
				{ value: "Product", label: __("Product") },
				{ value: "Channel", label: __("Channel") },
				{ value: "Kind", label: __("Kind") },
				{ value: "Month", label: __("Month") },
			],
			default: "Complaint Type",
			reqd: 1,
		},
		{
			fieldname: "from_date",
			label: __("From Date"),
			fieldtype: "Date",
			default: frappe.datetime.add_months(frappe.datetime.get_today(), -12),
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
		{
			fieldname: "kind",
			label: __("Kind"),
			fieldtype: "Select",
			options: [
				{ value: "", label: "" },
				{ value: "Complaint", label: __("Complaint") },
				{ value: "Suggestion", label: __("Suggestion") },
				{ value: "Praise", label: __("Praise") },
			],
		},
		{ fieldname: "status", label: __("Status"), fieldtype: "Link", options: "Workflow State" },
	],
};
