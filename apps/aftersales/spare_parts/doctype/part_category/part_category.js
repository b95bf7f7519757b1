frappe.ui.form.on("Part Category", {
	setup(frm) {
		frm.set_query("parent_part_category", () => ({
			filters: { is_group: 1, name: ["!=", frm.doc.name] },
		}));
	},

	refresh(frm) {
		const is_root = !frm.is_new() && !frm.doc.parent_part_category;
		frm.set_df_property("parent_part_category", "read_only", is_root);
		frm.set_df_property("is_group", "read_only", is_root);
	},
});
