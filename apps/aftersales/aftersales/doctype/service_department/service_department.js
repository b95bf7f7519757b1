frappe.ui.form.on("Service Department", {
	setup(frm) {
		frm.set_query("parent_service_department", () => ({
			filters: { is_group: 1, name: ["!=", frm.doc.name] },
		}));
	},

	refresh(frm) {
		const is_root = !frm.is_new() && !frm.doc.parent_service_department;
		frm.set_df_property("parent_service_department", "read_only", is_root);
		frm.set_df_property("is_group", "read_only", is_root);
	},
});
