frappe.query_reports["Possible Duplicate Customers"] = { filters: [] };
