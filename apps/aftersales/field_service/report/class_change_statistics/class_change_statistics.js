frappe.query_reports["Class Change Statistics"] = aftersales.reports.dms(
	"Month",
	"outlet",
	"product_category"
);
