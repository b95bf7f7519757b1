frappe.query_reports["Claims Not Accepted"] = {
	filters: [
		...aftersales.reports.period(),
		{
			fieldname: "claim_kind",
			label: __("Kind of Claim"),
			fieldtype: "Select",
			options: [
				{ value: "", label: "" },
				{ value: "Warranty", label: __("Warranty") },
				{ value: "First Free Maintenance", label: __("First Free Maintenance") },
			],
		},
		{
			fieldname: "ground",
			label: __("Ground of Refusal"),
			fieldtype: "Select",
			options: [
				{ value: "", label: "" },
				{ value: "Conditions", label: __("Conditions") },
				{ value: "Customer Data", label: __("Customer Data") },
			],
		},
		{ fieldname: "outlet", label: __("Outlet"), fieldtype: "Link", options: "Service Outlet" },
	],
};
