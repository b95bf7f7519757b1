frappe.query_reports["Front Desk Performance"] = aftersales.reports.dms(
	"Month",
	"outlet",
	"order_kind"
);
