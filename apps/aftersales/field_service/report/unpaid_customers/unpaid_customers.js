frappe.query_reports["Unpaid Customers"] = aftersales.reports.dms("Until", "outlet", "customer");
