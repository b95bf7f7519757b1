// A complaint from a ticket, a call or a customer, with what these know (S5.09, S6.29).
for (const doctype of ["Service Ticket", "Service Call", "Service Customer"]) {
	frappe.ui.form.on(doctype, {
		refresh(frm) {
			if (frm.is_new() || !frappe.model.can_create("Customer Complaint")) return;
			frm.add_custom_button(__("Complaint"), () => create_complaint(frm), __("Create"));
		},
	});
}

function create_complaint(frm) {
	frappe
		.xcall("aftersales.aftersales.complaints.new_complaint", {
			source_doctype: frm.doctype,
			source_name: frm.doc.name,
		})
		.then((complaint) => {
			frappe.model.sync(complaint);
			frappe.set_route("Form", complaint.doctype, complaint.name);
		});
}
