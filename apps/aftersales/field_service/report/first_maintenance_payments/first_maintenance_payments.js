frappe.query_reports["First Maintenance Payments"] = aftersales.reports.dms(
	"Month",
	"outlet",
	"manufacturer"
);
