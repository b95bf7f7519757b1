frappe.query_reports["Service-slip Parts Detail"] = {
	filters: [
		...aftersales.reports.period(1),
		aftersales.reports.link("outlet", __("Outlet"), "Service Outlet"),
		aftersales.reports.link("technician", __("Technician"), "Technician"),
		aftersales.reports.link("customer", __("Customer"), "Service Customer"),
		aftersales.reports.link("spare_part", __("Spare Part"), "Spare Part"),
		{
			fieldname: "charge_to",
			label: __("Charge to"),
			fieldtype: "Select",
			options: [
				{ value: "", label: "" },
				{ value: "Customer", label: __("Customer") },
				{ value: "Warranty", label: __("Warranty") },
				{ value: "Agreement", label: __("Agreement") },
				{ value: "Goodwill", label: __("Goodwill") },
				{ value: "Company", label: __("Company") },
			],
		},
	],
	formatter: aftersales.reports.quantity,
};
