frappe.query_reports["Technician Holdings"] = {
	filters: [
		{
			fieldname: "mode",
			label: __("View"),
			fieldtype: "Select",
			options: [
				{ value: "Summary", label: __("Summary") },
				{ value: "Detail", label: __("Detail") },
			],
			default: "Summary",
			reqd: 1,
		},
		{
			fieldname: "technician",
			label: __("Technician"),
			fieldtype: "Link",
			options: "Technician",
		},
		{ fieldname: "from_date", label: __("From Date"), fieldtype: "Date" },
		{ fieldname: "to_date", label: __("To Date"), fieldtype: "Date" },
		...aftersales.reports.stock("outlet", "part_category", "spare_part"),
	],
	formatter(value, row, column, data, default_formatter) {
		const text = column.fieldname === "purpose" ? __(value, null, "Part Stock Entry") : value;
		return aftersales.reports.quantity(text, row, column, data, default_formatter);
	},
};
