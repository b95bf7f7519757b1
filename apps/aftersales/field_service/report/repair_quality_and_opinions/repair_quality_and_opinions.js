frappe.query_reports["Repair Quality and Opinions"] = aftersales.reports.dms(
	"Month",
	"outlet",
	"order_kind",
	"service_type",
	"product_category"
);
