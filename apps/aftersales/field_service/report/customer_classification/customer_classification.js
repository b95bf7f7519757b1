frappe.query_reports["Customer Classification"] = aftersales.reports.dms(
	"Year",
	"outlet",
	"order_kind",
	"service_type",
	"product_category"
);
