frappe.query_reports["Agreement Payments Due"] = {
	filters: [
		...aftersales.reports.period(),
		{ fieldname: "customer", label: __("Customer"), fieldtype: "Link", options: "Service Customer" },
		{ fieldname: "outlet", label: __("Outlet"), fieldtype: "Link", options: "Service Outlet" },
	],
};
