frappe.query_reports["Consumption Detail"] = {
	filters: [
		{ fieldname: "text", label: __("Any Words"), fieldtype: "Data" },
		...aftersales.reports.period(3),
		{
			fieldname: "technician",
			label: __("Technician"),
			fieldtype: "Link",
			options: "Technician",
		},
		...aftersales.reports.stock(),
	],
	formatter: aftersales.reports.quantity,
};
