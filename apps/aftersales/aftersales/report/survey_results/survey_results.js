frappe.query_reports["Survey Results"] = {
	filters: [
		...aftersales.reports.period(),
		{ fieldname: "survey_template", label: __("Survey Template"), fieldtype: "Link", options: "Survey Template" },
		{
			fieldname: "channel",
			label: __("Channel"),
			fieldtype: "Select",
			options: [
				{ value: "", label: "" },
				{ value: "Phone", label: __("Phone") },
				{ value: "Link", label: __("Link") },
			],
		},
	],
};
