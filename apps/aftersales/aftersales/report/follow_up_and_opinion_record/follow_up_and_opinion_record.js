frappe.query_reports["Follow-up and Opinion Record"] = {
	filters: [
		...aftersales.reports.period(),
		{ fieldname: "customer", label: __("Customer"), fieldtype: "Link", options: "Service Customer" },
		{ fieldname: "opinion", label: __("Customer Opinion"), fieldtype: "Link", options: "Customer Opinion" },
		{
			fieldname: "satisfied",
			label: __("Satisfaction"),
			fieldtype: "Select",
			options: [
				{ value: "", label: "" },
				{ value: "Very Satisfied", label: __("Very Satisfied") },
				{ value: "Satisfied", label: __("Satisfied") },
				{ value: "Neutral", label: __("Neutral") },
				{ value: "Dissatisfied", label: __("Dissatisfied") },
				{ value: "Very Dissatisfied", label: __("Very Dissatisfied") },
			],
		},
		{ fieldname: "followed_up_by", label: __("Followed Up by"), fieldtype: "Link", options: "User" },
	],
};
