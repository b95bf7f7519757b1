frappe.query_reports["Same Product and Customer History"] = {
	filters: [
		aftersales.reports.link("ticket", __("Ticket"), "Service Ticket"),
		aftersales.reports.link("product", __("Product"), "Product"),
		aftersales.reports.link("customer", __("Customer"), "Service Customer"),
		{
			fieldname: "match",
			label: __("Same"),
			fieldtype: "Select",
			options: [
				{ value: "", label: __("Product and Customer") },
				{ value: "Product", label: __("Product") },
				{ value: "Customer", label: __("Customer") },
			],
		},
		{ fieldname: "from_date", label: __("From Date"), fieldtype: "Date" },
		{ fieldname: "to_date", label: __("To Date"), fieldtype: "Date" },
		{
			fieldname: "kind",
			label: __("Record Type"),
			fieldtype: "Select",
			options: [
				{ value: "", label: "" },
				{ value: "Complaint", label: __("Complaint") },
				{ value: "Suggestion", label: __("Suggestion") },
				{ value: "Enquiry", label: __("Enquiry") },
				{ value: "Repair", label: __("Repair") },
			],
		},
	],
};
