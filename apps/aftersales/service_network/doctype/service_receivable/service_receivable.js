frappe.ui.form.on("Service Receivable", {
	refresh(frm) {
		if (frm.is_new() || frm.doc.status === "Cancelled") return;
		const owed = frm.doc.outstanding > 0;
		if (owed && frappe.model.can_create("Service Payment")) {
			frm.add_custom_button(__("Take Payment"), () =>
				aftersales.sales.take_payment(frm, frm.doc)
			).addClass("btn-primary");
		}
		if (owed && frappe.model.can_create("Receivable Write-off")) {
			frm.add_custom_button(
				__("Receivable Write-off"),
				() =>
					frappe.new_doc("Receivable Write-off", {
						receivable: frm.doc.name,
						amount: frm.doc.outstanding,
					}),
				__("Create")
			);
		}
		const unpaid = !frm.doc.received && !frm.doc.written_off;
		if (unpaid && frm.doc.reference_doctype === "Service Agreement" && frm.perm[0]?.write) {
			frm.add_custom_button(__("Take Settlement Back"), () =>
				frappe
					.xcall("aftersales.service_network.agreement_settlement.take_back", {
						receivable: frm.doc.name,
					})
					.then(() => frm.reload_doc())
			);
		}
	},
});
