frappe.query_reports["Satisfaction Survey Register"] = {
	filters: [
		...aftersales.reports.period(),
		{ fieldname: "survey_template", label: __("Survey Template"), fieldtype: "Link", options: "Survey Template" },
		{ fieldname: "customer", label: __("Customer"), fieldtype: "Link", options: "Service Customer" },
		{ fieldname: "low", label: __("Low Score"), fieldtype: "Check" },
	],
};
