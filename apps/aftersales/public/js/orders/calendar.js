frappe.views.calendar["Service Order"] = {
	field_map: {
		start: "planned_start",
		end: "planned_end",
		id: "name",
		title: "title",
		allDay: "all_day",
		color: "color",
	},
	get_events_method: "aftersales.field_service.order_calendar.events",
	update_event_method: "aftersales.field_service.order_calendar.move_event",
};
