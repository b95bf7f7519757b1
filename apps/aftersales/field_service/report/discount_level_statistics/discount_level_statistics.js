frappe.query_reports["Discount Level Statistics"] = aftersales.reports.dms(
	"Month",
	"outlet",
	"product_category"
);
