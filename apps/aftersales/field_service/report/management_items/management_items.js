frappe.query_reports["Management Items"] = aftersales.reports.dms("Month", "outlet", "order_kind");
