frappe.query_reports["Turnover of the Month"] = aftersales.reports.dms(
	"Month",
	"outlet",
	"order_kind",
	"service_type",
	"product_category"
);
