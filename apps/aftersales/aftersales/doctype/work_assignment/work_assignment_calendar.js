frappe.views.calendar["Work Assignment"] = {
	field_map: { start: "due_on", end: "due_on", id: "name", title: "subject", progress: "progress" },
	get_events_method: "frappe.desk.calendar.get_events",
	style_map: { Low: "gray", Normal: "info", High: "warning", Critical: "danger" },
	get_css_class: (event) => frappe.views.calendar["Work Assignment"].style_map[event.priority] || "info",
};
