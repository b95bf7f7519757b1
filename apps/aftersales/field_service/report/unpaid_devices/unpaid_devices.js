frappe.query_reports["Unpaid Devices"] = aftersales.reports.dms("Until", "outlet", "customer");
