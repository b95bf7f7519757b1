frappe.query_reports["Warranty Payments Detail"] = aftersales.reports.dms(
	"Month",
	"outlet",
	"manufacturer"
);
