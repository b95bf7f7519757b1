frappe.query_reports["Calls by Agent"] = {
	filters: [...aftersales.reports.period(), ...aftersales.reports.calls("phone_line", "agent", "bridge")],
};
