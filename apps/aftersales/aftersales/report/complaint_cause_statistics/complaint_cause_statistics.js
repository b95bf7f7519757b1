frappe.query_reports["Complaint-cause Statistics"] = {
	filters: [
		...aftersales.reports.period(12),
		aftersales.reports.group_by(
			[
				["Complaint Type", __("Complaint Type")],
				["Root Cause", __("Root Cause")],
				["Complained About", __("Complained About")],
				["Product", __("Product")],
				["Department", __("Department")],
			],
			__("Cause"),
			"cause"
		),
		...aftersales.reports.complaints(),
		aftersales.reports.link("product", __("Product"), "Product"),
	],
	formatter: aftersales.reports.drill,
};
