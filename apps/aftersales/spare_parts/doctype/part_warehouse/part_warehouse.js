frappe.ui.form.on("Part Warehouse", {
	setup(frm) {
		frm.set_query("parent_part_warehouse", () => ({
			filters: { is_group: 1, name: ["!=", frm.doc.name] },
		}));
		frm.set_query("technician", () => ({ filters: { enabled: 1 } }));
	},

	refresh(frm) {
		const is_root = !frm.is_new() && !frm.doc.parent_part_warehouse;
		frm.set_df_property("parent_part_warehouse", "read_only", is_root);
		frm.set_df_property("is_group", "read_only", is_root);
		if (frm.is_new()) return;
		frm.add_custom_button(__("Stock"), () =>
			frappe.set_route("query-report", "Part Balance", { warehouse: frm.doc.name }),
		);
		if (frm.doc.frozen_by) {
			frm.dashboard.set_headline(
				__("Nothing moves here until {0} is decided.", [
					frappe.utils.get_form_link("Stock Count", frm.doc.frozen_by, true),
				]),
			);
		}
	},
});
