frappe.query_reports["Dealer Month"] = aftersales.reports.dms("Month", "outlet", "order_kind");
