frappe.query_reports["Part Back Orders"] = {
	filters: [
		{ fieldname: "outlet", label: __("Outlet"), fieldtype: "Link", options: "Service Outlet" },
		{ fieldname: "dealer", label: __("Dealer"), fieldtype: "Link", options: "Dealer" },
		{
			fieldname: "technician",
			label: __("Technician"),
			fieldtype: "Link",
			options: "Technician",
		},
		{
			fieldname: "source_warehouse",
			label: __("Delivered From"),
			fieldtype: "Link",
			options: "Part Warehouse",
		},
		{
			fieldname: "spare_part",
			label: __("Spare Part"),
			fieldtype: "Link",
			options: "Spare Part",
		},
		{
			fieldname: "only_available",
			label: __("Only What Could Go Out"),
			fieldtype: "Check",
		},
	],
	formatter(value, row, column, data, default_formatter) {
		const shown = default_formatter(value, row, column, data);
		return column.fieldname === "needed_by" && data && data.late
			? `<span class="text-danger">${shown} (${__("overdue")})</span>`
			: shown;
	},
};
