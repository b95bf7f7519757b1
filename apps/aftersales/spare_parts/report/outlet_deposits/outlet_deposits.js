frappe.query_reports["Outlet Deposits"] = {
	filters: [
		{ fieldname: "outlet", label: __("Outlet"), fieldtype: "Link", options: "Service Outlet" },
		{
			fieldname: "only_uncovered",
			label: __("Only Where It Does Not Cover"),
			fieldtype: "Check",
		},
	],
	formatter(value, row, column, data, default_formatter) {
		const shown = default_formatter(value, row, column, data);
		return column.fieldname === "cover" && data && data.cover < 0
			? `<span class="text-danger">${shown}</span>`
			: shown;
	},
};
