frappe.ui.form.on("Order Delivery", {
	setup(frm) {
		frm.set_query("service_order", () => ({ filters: { order_kind: "Workshop", stage: "Completed" } }));
	},
	onload(frm) {
		if (frm.is_new()) frm.trigger("service_order");
	},
	service_order(frm) {
		if (!frm.doc.service_order || frm.doc.delivered_to) return;
		frappe.db
			.get_value("Service Order", frm.doc.service_order, "customer_name")
			.then(({ message }) => frm.set_value("delivered_to", message.customer_name));
	},
});
