frappe.query_reports["Reasons for Missed Maintenance"] = aftersales.reports.dms(
	"Month",
	"outlet",
	"product"
);
