frappe.query_reports["Missed Calls and Call-backs"] = {
	filters: [
		...aftersales.reports.period(),
		...aftersales.reports.calls("phone_line", "customer"),
		{
			fieldname: "call_back_state",
			label: __("Call-back"),
			fieldtype: "Select",
			options: [
				{ value: "", label: "" },
				{ value: "To Call Back", label: __("To Call Back") },
				{ value: "Done", label: __("Done") },
				{ value: "Not Needed", label: __("Not Needed") },
			],
		},
	],
};
