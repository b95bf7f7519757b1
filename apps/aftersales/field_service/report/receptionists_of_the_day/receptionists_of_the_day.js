frappe.query_reports["Receptionists of the Day"] = aftersales.reports.dms(
	"Day",
	"outlet",
	"order_kind",
	"receiver"
);
