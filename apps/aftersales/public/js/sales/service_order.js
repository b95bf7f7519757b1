// What the customer owes for a service order, and taking the money (S12.10).
(() => {
	const RECEIVABLES = "aftersales.service_network.receivables";
	const DONE = ["Completed", "Followed Up", "Audited"];

	frappe.ui.form.on("Service Order", {
		async refresh(frm) {
			if (frm.is_new() || !DONE.includes(frm.doc.stage)) return;
			const name = frm.doc.name;
			const owed = await frappe.xcall(`${RECEIVABLES}.of_order`, { order: name });
			if (!owed || name !== frm.doc.name) return;
			frm.dashboard.add_indicator(
				__("{0} of {1} Paid", [
					format_currency(owed.received),
					format_currency(owed.amount - owed.written_off),
				]),
				owed.outstanding > 0 ? "orange" : "green"
			);
			if (owed.may_pay && owed.outstanding > 0) {
				frm.add_custom_button(__("Take Payment"), () => aftersales.sales.take_payment(frm, owed));
			}
			frm.add_custom_button(
				__("Receivable"),
				() => frappe.set_route("Form", "Service Receivable", owed.name),
				__("View")
			);
		},
	});
})();
