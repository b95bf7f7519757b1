frappe.query_reports["Arrears List"] = {
	filters: [
		{
			fieldname: "arrears",
			label: __("Arrears"),
			fieldtype: "Select",
			options: [
				{ value: "", label: __("All") },
				{ value: "With Arrears", label: __("With Arrears") },
				{ value: "Without Arrears", label: __("Without Arrears") },
			],
			default: "With Arrears",
		},
		{ fieldname: "only_overdue", label: __("Only Overdue"), fieldtype: "Check" },
		{ fieldname: "from_date", label: __("From Date"), fieldtype: "Date" },
		{ fieldname: "to_date", label: __("To Date"), fieldtype: "Date" },
		aftersales.reports.link("selling_unit", __("Selling Unit"), "Dealer"),
		aftersales.reports.link("sales_representative", __("Sales Representative"), "User"),
		aftersales.reports.link("outlet", __("Outlet"), "Service Outlet"),
		aftersales.reports.link("customer", __("Customer"), "Service Customer"),
	],
	formatter(value, row, column, data, default_formatter) {
		const shown = default_formatter(value, row, column, data);
		return data && data.overdue && ["overdue", "due_date"].includes(column.fieldname)
			? `<span class="text-danger">${shown}</span>`
			: shown;
	},
};
