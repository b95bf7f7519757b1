frappe.query_reports["Warranty Payments Summary"] = aftersales.reports.dms(
	"Month",
	"outlet",
	"manufacturer"
);
