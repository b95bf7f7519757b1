frappe.query_reports["Visits of the Day"] = aftersales.reports.dms(
	"Day",
	"outlet",
	"order_kind",
	"service_type",
	"product_category",
	"receiver"
);
