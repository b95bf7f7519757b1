// Settling what an agreement plans: due payments become receivables (S17.02).
(() => {
	const SETTLEMENT = "aftersales.service_network.agreement_settlement";

	frappe.ui.form.on("Service Agreement", {
		async refresh(frm) {
			if (frm.is_new() || !["Active", "Terminated"].includes(frm.doc.stage)) return;
			const name = frm.doc.name;
			const state = await frappe.xcall(`${SETTLEMENT}.state_of`, { agreement: name });
			if (name !== frm.doc.name) return;
			if (state.due && state.may_settle) {
				frm.add_custom_button(__("Settle Due Payments ({0})", [state.due]), () => settle(frm));
			}
		},
	});

	async function settle(frm) {
		const made = await frappe.xcall(`${SETTLEMENT}.settle`, { agreement: frm.doc.name });
		frappe.show_alert({ message: __("Receivables made: {0}", [made.length]), indicator: "green" });
		if (made.length === 1) frappe.set_route("Form", "Service Receivable", made[0]);
		else {
			frappe.set_route("List", "Service Receivable", {
				reference_doctype: "Service Agreement",
				reference_name: frm.doc.name,
			});
		}
	}
})();
