frappe.query_reports["Payments of the Day"] = aftersales.reports.dms(
	"Day",
	"outlet",
	"mode",
	"received_by"
);
