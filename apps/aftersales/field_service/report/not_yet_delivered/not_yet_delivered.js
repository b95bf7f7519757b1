frappe.query_reports["Not Yet Delivered"] = aftersales.reports.dms(
	"Year",
	"outlet",
	"service_type",
	"receiver"
);
