// An appointment from a ticket, a call, a customer or a device, with what these know.
for (const doctype of ["Service Ticket", "Service Call", "Service Customer", "Customer Device"]) {
	frappe.ui.form.on(doctype, {
		refresh(frm) {
			if (frm.is_new() || !frappe.model.can_create("Service Appointment")) return;
			frm.add_custom_button(__("Appointment"), () => create_appointment(frm), __("Create"));
		},
	});
}

function create_appointment(frm) {
	frappe
		.xcall("aftersales.field_service.appointments.new_appointment", {
			source_doctype: frm.doctype,
			source_name: frm.doc.name,
		})
		.then((appointment) => {
			frappe.model.sync(appointment);
			frappe.set_route("Form", appointment.doctype, appointment.name);
		});
}
