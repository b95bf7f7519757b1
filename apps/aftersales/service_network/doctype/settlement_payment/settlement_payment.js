frappe.ui.form.on("Settlement Payment", {
	setup(frm) {
		frm.set_query("settlement", () => ({
			filters: { stage: ["in", ["Confirmed", "Invoice Notice Sent", "Paid"]] },
		}));
		frm.set_query("reversal_of", () => ({ filters: { settlement: frm.doc.settlement } }));
	},
	refresh(frm) {
		if (frm.is_new() || frm.doc.reversal_of || !frappe.model.can_create("Settlement Payment")) return;
		frm.add_custom_button(__("Take Payment Back"), () =>
			frappe.new_doc("Settlement Payment", {
				settlement: frm.doc.settlement,
				reversal_of: frm.doc.name,
				mode: frm.doc.mode,
				amount: -frm.doc.amount,
			}),
		);
	},
});
