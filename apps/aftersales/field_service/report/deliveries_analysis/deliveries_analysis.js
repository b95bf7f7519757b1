frappe.query_reports["Deliveries Analysis"] = aftersales.reports.dms(
	"Month",
	"outlet",
	"order_kind",
	"service_type",
	"product_category"
);
