frappe.query_reports["Receptionist Performance"] = aftersales.reports.dms(
	"Month",
	"outlet",
	"order_kind",
	"receiver"
);
