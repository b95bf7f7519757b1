frappe.ui.form.on("Product", {
	refresh(frm) {
		// Frappe hides the field that names a record; agents read the code aloud, so it stays in view.
		frm.toggle_display("product_code", true);
	},
});
