frappe.ui.form.on("Receivable Write-off", {
	setup(frm) {
		frm.set_query("receivable", () => ({ filters: { outstanding: [">", 0] } }));
	},

	refresh(frm) {
		const draft = frm.is_new() || frm.doc.stage === "Draft";
		for (const field of ["receivable", "amount", "reason"])
			frm.set_df_property(field, "read_only", draft ? 0 : 1);
	},
});
