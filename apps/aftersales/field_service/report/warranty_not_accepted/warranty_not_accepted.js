frappe.query_reports["Warranty Not Accepted"] = aftersales.reports.dms(
	"Month",
	"outlet",
	"manufacturer"
);
