// What work adds to the ticket's form: a work record of one's own (S8.12).
frappe.ui.form.on("Service Ticket", {
	refresh(frm) {
		if (frm.is_new() || !frappe.model.can_create("Work Record")) return;
		frm.add_custom_button(__("Work Record"), () => new_work_record(frm), __("Create"));
	},
});

function new_work_record(frm) {
	frappe
		.xcall("aftersales.aftersales.work.records.new_from_ticket", { ticket: frm.doc.name })
		.then((record) => {
			frappe.model.sync(record);
			frappe.set_route("Form", record.doctype, record.name);
		});
}
