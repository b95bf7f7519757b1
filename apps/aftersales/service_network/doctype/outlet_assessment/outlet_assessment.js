frappe.ui.form.on("Outlet Assessment", {
	refresh(frm) {
		frm.fields_dict.lines.grid.cannot_add_rows = true;
		frm.fields_dict.lines.grid.only_sortable();
		frm.set_df_property("objection", "read_only", frm.doc.stage === "Computed" ? 0 : 1);
		for (const field of ["answer", "adjustment"]) {
			frm.set_df_property(field, "read_only", frm.doc.stage === "Confirmed" ? 1 : 0);
		}
	},
});
