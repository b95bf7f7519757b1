frappe.query_reports["Discount Level List"] = aftersales.reports.dms(
	"None",
	"outlet",
	"product_category",
	"discount_level",
	"abc_class"
);
