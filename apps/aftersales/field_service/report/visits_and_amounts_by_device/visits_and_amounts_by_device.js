frappe.query_reports["Visits and Amounts by Device"] = aftersales.reports.dms(
	"Month",
	"outlet",
	"order_kind",
	"service_type",
	"product_category",
	"customer"
);
