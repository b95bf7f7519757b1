frappe.ui.form.on("Service Call", {
	refresh(frm) {
		show_state(frm);
		add_buttons(frm);
	},
});

function show_state(frm) {
	const states = {
		Ringing: [__("Ringing"), "blue"],
		Answered: [__("Answered"), "green"],
		Ended: [__("Ended"), "gray"],
		Missed: [__("Missed"), "red"],
		Unknown: [__("Ringing stopped"), "yellow"],
	};
	const state = states[frm.doc.state];
	if (state && !frm.is_dirty()) frm.page.set_indicator(...state);
}

function add_buttons(frm) {
	if (frappe.model.can_create("Service Ticket")) {
		frm.add_custom_button(__("New Ticket"), () =>
			aftersales.new_ticket_from_call(frm.doc.name)
		).addClass("btn-primary");
	}
	if (!frm.doc.customer && frm.doc.number_raw && frappe.model.can_create("Service Customer")) {
		frm.add_custom_button(__("New Customer"), () =>
			aftersales.new_customer_from_call(
				frm.doc.name,
				frm.doc.number_display || frm.doc.number_raw,
				frm.doc.name_raw
			)
		);
	}
}
