frappe.query_reports["Dealer Costs"] = aftersales.reports.dms(
	"Month",
	"outlet",
	"service_centre",
	"branch"
);
