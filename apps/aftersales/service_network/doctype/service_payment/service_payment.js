frappe.ui.form.on("Service Payment", {
	setup(frm) {
		frm.set_query("receivable", () => ({ filters: { outstanding: [">", 0] } }));
	},

	refresh(frm) {
		if (frm.is_new()) return;
		frm.disable_save();
		frm.set_read_only();
		if (!frm.doc.reversal_of && frappe.model.can_create(frm.doctype)) {
			frm.add_custom_button(__("Reverse"), () => aftersales.sales.reverse(frm));
		}
	},
});
