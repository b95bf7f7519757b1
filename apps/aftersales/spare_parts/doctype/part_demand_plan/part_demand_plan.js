frappe.ui.form.on("Part Demand Plan", {
	setup(frm) {
		for (const field of ["warehouse", "source_warehouse"]) {
			frm.set_query(field, () => ({
				filters: {
					is_group: 0,
					enabled: 1,
					warehouse_kind: ["not in", ["In Transit", "Technician"]],
				},
			}));
		}
		frm.set_query("spare_part", "items", () => ({ filters: { disabled: 0 } }));
	},

	refresh(frm) {
		const draft = frm.doc.stage === "Draft";
		for (const field of ["warehouse", "target_month", "plan_date", "source_warehouse"]) {
			frm.set_df_property(field, "read_only", draft ? 0 : 1);
		}
		frm.fields_dict.items.grid.update_docfield_property("planned_qty", "read_only", draft ? 0 : 1);
		frm.fields_dict.items.grid.cannot_add_rows = !draft;
		frm.fields_dict.items.grid.cannot_delete_rows = !draft;
		frm.refresh_field("items");
		if (draft && !frm.is_new() && frm.perm[0]?.write) {
			frm.add_custom_button(__("Compute Demand"), () => compute(frm)).addClass(
				frm.doc.items.length ? "" : "btn-primary",
			);
		}
		if (frm.doc.short_qty && frappe.model.can_create("Part Order")) {
			frm.dashboard.add_comment(
				__("{0} pieces are short at the issuing warehouse: purchase them.", [
					format_number(frm.doc.short_qty, null, 0),
				]),
				"orange",
				true,
			);
		}
	},
});

frappe.ui.form.on("Part Demand Plan Item", {
	planned_qty(frm, doctype, name) {
		const row = locals[doctype][name];
		frappe.model.set_value(doctype, name, "amount", flt(row.planned_qty) * flt(row.price));
		frm.set_value(
			"total_qty",
			frm.doc.items.reduce((sum, one) => sum + flt(one.planned_qty), 0),
		);
		frm.set_value(
			"total_amount",
			frm.doc.items.reduce((sum, one) => sum + flt(one.amount), 0),
		);
	},
});

async function compute(frm) {
	if (frm.is_dirty()) await frm.save();
	const { message } = await frappe.call({
		method: "aftersales.spare_parts.demand_plans.compute",
		args: { plan: frm.doc.name },
		freeze: true,
		freeze_message: __("Computing Demand"),
	});
	await frm.reload_doc();
	frappe.show_alert({ message: __("{0} parts are in the plan.", [message.lines]), indicator: "green" });
}
