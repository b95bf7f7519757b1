frappe.query_reports["First Maintenance Not Accepted"] = aftersales.reports.dms(
	"Month",
	"outlet",
	"manufacturer"
);
