frappe.query_reports["Settlement Ledger"] = {
	filters: [
		...aftersales.reports.period(),
		{ fieldname: "outlet", label: __("Outlet"), fieldtype: "Link", options: "Service Outlet" },
		{ fieldname: "only_open", label: __("Only What Is Not Paid"), fieldtype: "Check" },
	],
};
