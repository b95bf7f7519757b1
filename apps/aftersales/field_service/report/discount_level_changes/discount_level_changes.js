frappe.query_reports["Discount Level Changes"] = aftersales.reports.dms(
	"Month",
	"outlet",
	"product_category"
);
