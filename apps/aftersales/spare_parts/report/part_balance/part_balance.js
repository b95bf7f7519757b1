frappe.query_reports["Part Balance"] = {
	filters: [
		{ fieldname: "text", label: __("Part, Specification or Bar Code"), fieldtype: "Data" },
		...aftersales.reports.stock(),
		{ fieldname: "on_date", label: __("At the End of"), fieldtype: "Date" },
		{ fieldname: "only_short", label: __("Only What Is Short"), fieldtype: "Check" },
		{ fieldname: "with_zero", label: __("With Parts That Are Used Up"), fieldtype: "Check" },
	],
	formatter(value, row, column, data, default_formatter) {
		const shown = aftersales.reports.quantity(value, row, column, data, default_formatter);
		return column.fieldname === "short" && data && data.short > 0
			? `<span class="text-danger">${shown}</span>`
			: shown;
	},
};
