frappe.query_reports["Service-slip Settlement Detail"] = {
	filters: [
		...aftersales.reports.period(1),
		aftersales.reports.link("outlet", __("Outlet"), "Service Outlet"),
		aftersales.reports.link("technician", __("Technician"), "Technician"),
		aftersales.reports.link("customer", __("Customer"), "Service Customer"),
		{
			fieldname: "settlement",
			label: __("Settlement with the Outlet"),
			fieldtype: "Select",
			options: [
				{ value: "", label: "" },
				{ value: "Open", label: __("Not Settled") },
				{ value: "Settled", label: __("Settled") },
			],
		},
		{ fieldname: "unpaid", label: __("Only Unpaid by Customers"), fieldtype: "Check" },
	],
};
