frappe.ui.form.on("Points Entry", {
	setup(frm) {
		frm.set_query("customer", () => ({ filters: { disabled: 0 } }));
	},
	refresh(frm) {
		if (!frm.is_new()) {
			frm.disable_form();
			return;
		}
		// All other kinds come from documents.
		frm.set_value("kind", "Adjusted");
	},
});
