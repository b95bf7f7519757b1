frappe.ui.form.on("Product Category", {
	setup(frm) {
		frm.set_query("parent_product_category", () => ({
			filters: { is_group: 1, name: ["!=", frm.doc.name] },
		}));
	},

	refresh(frm) {
		const is_root = !frm.is_new() && !frm.doc.parent_product_category;
		frm.set_df_property("parent_product_category", "read_only", is_root);
		frm.set_df_property("is_group", "read_only", is_root);
	},
});
