frappe.ui.form.on("Part Statement", {
	refresh(frm) {
		const outlets = frm.doc.stage === "Sent";
		for (const field of ["disputed", "outlet_qty", "dispute_note"]) {
			frm.fields_dict.items.grid.update_docfield_property(field, "read_only", outlets ? 0 : 1);
		}
		frm.fields_dict.items.grid.update_docfield_property(
			"answer",
			"read_only",
			frm.doc.stage === "Disputed" ? 0 : 1,
		);
		frm.fields_dict.items.grid.cannot_add_rows = true;
		frm.fields_dict.items.grid.only_sortable();
		frm.refresh_field("items");
		if (["Draft", "Disputed"].includes(frm.doc.stage) && !frm.is_new() && frappe.model.can_create("Part Statement")) {
			frm.add_custom_button(__("Compute Figures"), () => compute(frm));
		}
		const difference = frm.doc.__onload?.opening_difference;
		if (difference) {
			frm.dashboard.add_comment(
				__("The opening value differs by {0} from what the outlet confirmed for the month before.", [
					format_currency(difference),
				]),
				"red",
				true,
			);
		}
	},
});

async function compute(frm) {
	await frappe.call({
		method: "aftersales.spare_parts.statements.compute",
		args: { statement: frm.doc.name },
		freeze: true,
	});
	await frm.reload_doc();
}
