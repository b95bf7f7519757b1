frappe.query_reports["Business Targets"] = {
	filters: [
		{
			fieldname: "from_date",
			label: __("From Date"),
			fieldtype: "Date",
			default: frappe.datetime.get_today().slice(0, 4) + "-01-01",
			reqd: 1,
		},
		{
			fieldname: "to_date",
			label: __("To Date"),
			fieldtype: "Date",
			default: frappe.datetime.get_today(),
			reqd: 1,
		},
		{
			fieldname: "measure",
			label: __("Measure"),
			fieldtype: "Select",
			options: [
				"",
				"Sales Amount",
				"Number of Sales",
				"Collected Amount",
				"Service Payments",
				"Completed Orders",
				"New Customers",
				"Follow-ups",
			].map((measure) => ({ value: measure, label: __(measure) })),
		},
		{ fieldname: "outlet", label: __("Outlet"), fieldtype: "Link", options: "Service Outlet" },
		{ fieldname: "employee", label: __("Employee"), fieldtype: "Link", options: "User" },
	],
	formatter(value, row, column, data, default_formatter) {
		const shown = default_formatter(
			column.fieldname === "measure" ? __(value) : value,
			row,
			column,
			data
		);
		if (column.fieldname !== "ratio" || !data) return shown;
		return `<span class="${data.ratio >= 100 ? "text-success" : "text-warning"}">${shown}</span>`;
	},
};
