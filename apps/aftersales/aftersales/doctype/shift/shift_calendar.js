frappe.views.calendar["Shift"] = {
	field_map: { start: "start", end: "end", id: "name", title: "title", allDay: "allDay" },
	get_events_method: "aftersales.aftersales.work.shifts.get_events",
	filters: [{ fieldtype: "Link", fieldname: "agent_group", options: "Agent Group", label: __("Agent Group") }],
};
