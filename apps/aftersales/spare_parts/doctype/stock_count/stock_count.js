frappe.ui.form.on("Stock Count", {
	setup(frm) {
		frm.set_query("warehouse", () => ({ filters: { is_group: 0, enabled: 1 } }));
	},

	refresh(frm) {
		const hints = {
			Draft: __("When counting starts, the warehouse is frozen and its parts are listed here."),
			Counting: __("The warehouse is frozen. Enter what is there; tick “Counted?” where there is none."),
			"To Be Approved": __("The warehouse stays frozen until the differences are approved."),
		};
		if (!frm.is_new() && hints[frm.doc.stage]) frm.set_intro(hints[frm.doc.stage], "blue");
		const counting = frm.doc.stage === "Counting";
		frm.set_df_property("items", "read_only", counting ? 0 : 1);
		frm.set_df_property("items", "hidden", frm.doc.stage === "Draft" || frm.is_new() ? 1 : 0);
	},
});

frappe.ui.form.on("Stock Count Item", {
	counted_qty(frm, doctype, name) {
		const row = locals[doctype][name];
		if (!row.is_counted) frappe.model.set_value(doctype, name, "is_counted", 1);
		frappe.model.set_value(doctype, name, "difference", flt(row.counted_qty) - flt(row.book_qty));
	},
});
