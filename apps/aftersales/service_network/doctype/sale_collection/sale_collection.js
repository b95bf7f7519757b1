frappe.ui.form.on("Sale Collection", {
	setup(frm) {
		frm.set_query("sale_record", () => ({ filters: { docstatus: 1, outstanding: [">", 0] } }));
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
