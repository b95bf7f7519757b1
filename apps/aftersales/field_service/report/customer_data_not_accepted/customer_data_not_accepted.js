frappe.query_reports["Customer Data Not Accepted"] = aftersales.reports.dms(
	"Month",
	"outlet",
	"manufacturer"
);
