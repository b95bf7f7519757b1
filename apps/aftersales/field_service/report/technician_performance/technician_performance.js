frappe.query_reports["Technician Performance"] = aftersales.reports.dms(
	"Month",
	"outlet",
	"technician"
);
