frappe.query_reports["Same-day Delivery Rate"] = aftersales.reports.dms(
	"Month",
	"outlet",
	"order_kind",
	"service_type",
	"product_category"
);
