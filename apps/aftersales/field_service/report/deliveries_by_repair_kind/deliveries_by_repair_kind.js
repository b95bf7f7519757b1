frappe.query_reports["Deliveries by Repair Kind"] = aftersales.reports.dms(
	"Month",
	"outlet",
	"order_kind",
	"service_type",
	"product_category"
);
