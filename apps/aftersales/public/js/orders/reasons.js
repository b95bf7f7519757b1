// Reasons are stored in English and shown in the reader's language; see aftersales.field_service.reasons.
const REASON_TABLES = ["items", "parts", "other_charges"];

frappe.ui.form.on("Service Order", {
	refresh(frm) {
		const shown = (value) => frappe.utils.escape_html(frm.doc.__onload?.reasons?.[value] || value || "");
		for (const field of ["warranty_reason", "outlet_reason"]) {
			frm.get_field(field).df.formatter = shown;
			frm.refresh_field(field);
		}
		for (const table of REASON_TABLES) {
			const grid = frm.fields_dict[table].grid;
			for (const field of ["charge_reason", "description"]) {
				if (frappe.meta.has_field(grid.doctype, field)) {
					grid.update_docfield_property(field, "formatter", shown);
				}
			}
			grid.refresh();
		}
	},
});
