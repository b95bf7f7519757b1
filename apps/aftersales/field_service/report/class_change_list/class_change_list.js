frappe.query_reports["Class Change List"] = aftersales.reports.dms(
	"Month",
	"outlet",
	"product_category"
);
