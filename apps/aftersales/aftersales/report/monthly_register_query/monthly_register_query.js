frappe.query_reports["Monthly Register Query"] = {
	filters: [
		{
			fieldname: "year",
			label: __("Year"),
			fieldtype: "Int",
			default: Number(frappe.datetime.get_today().slice(0, 4)),
			reqd: 1,
		},
		{
			fieldname: "month",
			label: __("Month"),
			fieldtype: "Select",
			options: ["", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12].map(String),
			default: String(Number(frappe.datetime.get_today().slice(5, 7))),
		},
		{
			fieldname: "record_type",
			label: __("Record Type"),
			fieldtype: "Select",
			options: [
				{ value: "", label: "" },
				{ value: "Enquiry", label: __("Enquiry") },
				{ value: "Repair", label: __("Repair") },
				{ value: "Installation", label: __("Installation") },
				{ value: "Complaint", label: __("Complaint") },
				{ value: "Suggestion", label: __("Suggestion") },
				{ value: "Praise", label: __("Praise") },
			],
			default: "Repair",
		},
		aftersales.reports.link("person_in_charge", __("Person in Charge"), "User"),
		aftersales.reports.link("product", __("Product"), "Product"),
		aftersales.reports.link("customer", __("Customer"), "Service Customer"),
		aftersales.reports.link("status", __("Status"), "Workflow State"),
	],
};
