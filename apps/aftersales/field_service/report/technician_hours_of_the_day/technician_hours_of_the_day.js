frappe.query_reports["Technician Hours of the Day"] = aftersales.reports.dms(
	"Day",
	"outlet",
	"technician"
);
