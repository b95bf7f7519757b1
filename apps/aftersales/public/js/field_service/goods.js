// What lists and forms of customers' goods share.
frappe.provide("aftersales.goods");

aftersales.goods.to_factory = function (receipts) {
	return frappe
		.xcall("aftersales.field_service.doctype.factory_return.factory_return.from_receipts", { receipts })
		.then((doc) => {
			frappe.model.sync(doc);
			frappe.set_route("Form", doc.doctype, doc.name);
		});
};

// An exchange slip from what led to it (S5.05).
for (const doctype of ["Service Ticket", "Customer Complaint", "Customer Goods Receipt", "Service Order"]) {
	frappe.ui.form.on(doctype, {
		refresh(frm) {
			if (frm.is_new() || !frappe.model.can_create("Exchange Order")) return;
			frm.add_custom_button(
				__("Exchange Order"),
				() =>
					frappe
						.xcall("aftersales.field_service.exchange.new_exchange", {
							source_doctype: frm.doctype,
							source_name: frm.doc.name,
						})
						.then((doc) => {
							frappe.model.sync(doc);
							frappe.set_route("Form", doc.doctype, doc.name);
						}),
				__("Create")
			);
		},
	});
}
