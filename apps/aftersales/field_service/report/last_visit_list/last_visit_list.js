frappe.query_reports["Last Visit List"] = aftersales.reports.dms(
	"Until",
	"outlet",
	"order_kind",
	"product_category",
	"abc_class",
	"months"
);
