frappe.query_reports["First Free Maintenance"] = {
	filters: [
		...aftersales.reports.period(),
		{ fieldname: "outlet", label: __("Outlet"), fieldtype: "Link", options: "Service Outlet" },
		{ fieldname: "product", label: __("Product"), fieldtype: "Link", options: "Product" },
		{
			fieldname: "confirmation",
			label: __("Confirmation"),
			fieldtype: "Select",
			options: [
				{ value: "", label: "" },
				{ value: "To Be Confirmed", label: __("To Be Confirmed") },
				{ value: "Confirmed", label: __("Confirmed") },
				{ value: "Not Accepted", label: __("Not Accepted") },
			],
		},
	],
};
