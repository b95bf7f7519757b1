frappe.ui.form.on("Service Payment", {
	setup(frm) {
		frm.set_query("receivable", () => ({ filters: { outstanding: [">", 0] } }));
	},

	refresh(frm) {
		if (frm.is_new()) {
			const chooses = frappe.model.can_write("Service Receivable");
			frm.set_df_property("received_by", "read_only", chooses ? 0 : 1);
			return;
		}
		frm.disable_save();
		frm.set_read_only();
		if (frm.doc.__onload?.may_reverse) {
			frm.add_custom_button(__("Reverse"), () => aftersales.sales.reverse(frm));
		}
	},
});
