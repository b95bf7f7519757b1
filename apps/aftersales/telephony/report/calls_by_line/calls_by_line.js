frappe.query_reports["Calls by Line"] = {
	filters: [...aftersales.reports.period(), ...aftersales.reports.calls("phone_line", "agent", "bridge")],
};
