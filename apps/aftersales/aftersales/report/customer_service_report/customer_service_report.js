frappe.query_reports["Customer Service Report"] = {
	filters: [
		aftersales.reports.group_by(
			[
				["Complaint Rate of Products", __("Complaint Rate of Products")],
				["Failure Rate of Components", __("Failure Rate of Components")],
				["Complaints against Departments", __("Complaints against Departments")],
				["Satisfaction", __("Satisfaction")],
			],
			__("Indicator"),
			"indicator"
		),
		...aftersales.reports.period(3),
		aftersales.reports.link("region", __("Region"), "Service Region"),
		aftersales.reports.link("product_category", __("Product Category"), "Product Category", {
			depends_on: "eval:['Complaint Rate of Products', 'Failure Rate of Components'].includes(doc.indicator)",
		}),
	],
};
