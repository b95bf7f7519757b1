frappe.query_reports["Business Indicators"] = aftersales.reports.dms(
	"Month",
	"outlet",
	"order_kind"
);
