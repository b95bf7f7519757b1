frappe.ui.form.on("Sale Collection", {
	setup(frm) {
		frm.set_query("sale_record", () => ({ filters: { docstatus: 1, outstanding: [">", 0] } }));
	},

	refresh(frm) {
		if (frm.is_new()) {
			const chooses =
				frappe.model.can_write("Service Receivable") || frappe.model.can_cancel("Sale Record");
			frm.set_df_property("collected_by", "read_only", chooses ? 0 : 1);
			return;
		}
		frm.disable_save();
		frm.set_read_only();
		if (frm.doc.__onload?.may_reverse) {
			frm.add_custom_button(__("Reverse"), () => aftersales.sales.reverse(frm));
		}
	},
});
