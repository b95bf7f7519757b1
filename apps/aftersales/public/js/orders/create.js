// A service order from a ticket, call, complaint, customer or device, with what these know (S2.14, S2.17).
for (const doctype of [
	"Service Ticket",
	"Service Call",
	"Customer Complaint",
	"Service Customer",
	"Customer Device",
]) {
	frappe.ui.form.on(doctype, {
		refresh(frm) {
			if (frm.is_new() || !frappe.model.can_create("Service Order")) return;
			frm.add_custom_button(__("Service Order"), () => create_order(frm), __("Create"));
		},
	});
}

function create_order(frm) {
	frappe
		.xcall("aftersales.field_service.orders.new_order", {
			source_doctype: frm.doctype,
			source_name: frm.doc.name,
		})
		.then((order) => {
			frappe.model.sync(order);
			frappe.set_route("Form", order.doctype, order.name);
		});
}
