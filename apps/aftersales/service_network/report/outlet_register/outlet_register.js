frappe.query_reports["Outlet Register"] = {
	filters: [
		{ fieldname: "outlet", label: __("Outlet"), fieldtype: "Link", options: "Service Outlet" },
		{
			fieldname: "outlet_kind",
			label: __("Outlet Kind"),
			fieldtype: "Select",
			options: ["", "Headquarters", "Region", "Branch", "Service Centre", "Outlet"].map((kind) => ({
				value: kind,
				label: __(kind),
			})),
		},
		{
			fieldname: "account_state",
			label: __("Account State"),
			fieldtype: "Select",
			options: ["", "Not Opened", "Opened", "Suspended", "Closed"].map((state) => ({
				value: state,
				label: __(state),
			})),
		},
		{ fieldname: "only_enabled", label: __("Only Enabled"), fieldtype: "Check", default: 1 },
	],
	formatter(value, row, column, data, default_formatter) {
		const shown = default_formatter(value, row, column, data);
		return column.fieldname === "qualification_expires_on" && data?.expired
			? `<span class="text-danger">${shown}</span>`
			: shown;
	},
};
