frappe.views.calendar["Service Appointment"] = {
	field_map: { start: "starts_at", end: "ends_at", id: "name", title: "title", allDay: "all_day", color: "color" },
	get_events_method: "aftersales.field_service.appointments.get_events",
	update_event_method: "aftersales.field_service.appointments.move_event",
};
