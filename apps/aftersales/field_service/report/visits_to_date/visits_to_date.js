frappe.query_reports["Visits to Date"] = aftersales.reports.dms(
	"Month",
	"outlet",
	"order_kind",
	"service_type",
	"product_category",
	"receiver"
);
