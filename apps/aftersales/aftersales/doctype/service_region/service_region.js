frappe.ui.form.on("Service Region", {
	setup(frm) {
		frm.set_query("parent_service_region", () => ({
			filters: { is_group: 1, name: ["!=", frm.doc.name] },
		}));
	},

	refresh(frm) {
		const is_root = !frm.is_new() && !frm.doc.parent_service_region;
		frm.set_df_property("parent_service_region", "read_only", is_root);
		frm.set_df_property("is_group", "read_only", is_root);
	},
});
