frappe.ui.form.on("Expense Plan", {
	refresh(frm) {
		const grid = frm.fields_dict.lines.grid;
		const written = !["Draft", undefined].includes(frm.doc.stage);
		for (const field of ["granted_amount", "reply"]) {
			grid.update_docfield_property(field, "read_only", frm.doc.stage === "Applied" ? 0 : 1);
		}
		for (const field of ["expense_kind", "purpose", "amount"]) {
			grid.update_docfield_property(field, "read_only", written ? 1 : 0);
		}
		grid.cannot_add_rows = written;
		grid.cannot_delete_rows = written;
		frm.refresh_field("lines");
	},
});
