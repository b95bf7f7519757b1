frappe.query_reports["Exchange Ledger"] = {
	filters: [
		...aftersales.reports.period(3),
		{
			fieldname: "kind",
			label: __("Kind"),
			fieldtype: "Select",
			options: [
				{ value: "", label: "" },
				{ value: "Exchange", label: __("Exchange") },
				{ value: "Transfer", label: __("Transfer", null, "Exchange Order") },
				{ value: "Return", label: __("Return") },
			],
		},
		{
			fieldname: "ground",
			label: __("Ground"),
			fieldtype: "Select",
			options: [
				{ value: "", label: "" },
				{ value: "Quality Problem", label: __("Quality Problem") },
				{ value: "Not Repairable", label: __("Not Repairable") },
				{ value: "Customer's Wish", label: __("Customer's Wish") },
			],
		},
		{
			fieldname: "product_category",
			label: __("Product Category"),
			fieldtype: "Link",
			options: "Product Category",
		},
		{ fieldname: "outlet", label: __("Outlet"), fieldtype: "Link", options: "Service Outlet" },
		{ fieldname: "all_slips", label: __("With Slips Not in the Ledger"), fieldtype: "Check" },
	],
};
