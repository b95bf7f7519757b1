frappe.ui.form.on("Cash Handover", {
	setup(frm) {
		frm.set_query("service_payment", "payments", () => ({
			filters: { received_by: frm.doc.handed_over_by, handover: ["is", "not set"] },
		}));
	},

	refresh(frm) {
		const draft = frm.is_new() || frm.doc.stage === "Draft";
		frm.set_df_property("payments", "read_only", draft ? 0 : 1);
		for (const field of ["outlet", "handover_date"]) frm.set_df_property(field, "read_only", draft ? 0 : 1);
		frm.set_df_property("handed_over_by", "read_only", frm.is_new() ? 0 : 1);
		const counts = frappe.model.can_write("Service Receivable");
		for (const field of ["counted", "difference_note"])
			frm.set_df_property(field, "read_only", counts ? 0 : 1);
		if (draft) frm.add_custom_button(__("Get Payments"), () => get_payments(frm));
	},
});

async function get_payments(frm) {
	const rows = await frappe.xcall("aftersales.service_network.handovers.open_payments", {
		person: frm.doc.handed_over_by,
	});
	const there = new Set((frm.doc.payments || []).map((row) => row.service_payment));
	const fresh = rows.filter((row) => !there.has(row.name));
	for (const { name, ...values } of fresh) frm.add_child("payments", { service_payment: name, ...values });
	frm.refresh_field("payments");
	if (fresh.length) frm.dirty();
	frappe.show_alert(
		fresh.length
			? { message: __("Payments added: {0}", [fresh.length]), indicator: "green" }
			: { message: __("There is no other payment to hand over."), indicator: "blue" }
	);
}
