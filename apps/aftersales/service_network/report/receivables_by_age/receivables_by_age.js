frappe.query_reports["Receivables by Age"] = {
	filters: [
		aftersales.reports.group_by([
			["customer", __("Customer")],
			["outlet", __("Outlet")],
		]),
		{
			fieldname: "kind",
			label: __("Owed For"),
			fieldtype: "Select",
			options: [
				{ value: "", label: __("All") },
				{ value: "Goods", label: __("Goods") },
				{ value: "Service", label: __("Service") },
			],
		},
		{
			fieldname: "on_date",
			label: __("As of Date"),
			fieldtype: "Date",
			default: frappe.datetime.get_today(),
		},
		aftersales.reports.link("outlet", __("Outlet"), "Service Outlet"),
		aftersales.reports.link("customer", __("Customer"), "Service Customer"),
	],
	formatter: aftersales.reports.drill,
};
