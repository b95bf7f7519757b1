frappe.query_reports["Repeated Maintenance"] = {
	filters: [
		...aftersales.reports.period(),
		{ fieldname: "at_least", label: __("At Least (Times)"), fieldtype: "Int", default: 2 },
		{ fieldname: "product", label: __("Product"), fieldtype: "Link", options: "Product" },
	],
};
