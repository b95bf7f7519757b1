const PLACE = "aftersales.aftersales.doctype.service_level.service_level.";

frappe.ui.form.on("Service Level", {
	setup(frm) {
		frappe.xcall(`${PLACE}possible_document_types`).then((doctypes) => {
			frm.set_query("document_type", () => ({ filters: { name: ["in", doctypes] } }));
		});
	},

	refresh: (frm) => offer_conditions(frm),
	document_type: (frm) => offer_conditions(frm),
});

// The values are those that the document's own form offers, an administrator's additions among them.
function offer_conditions(frm) {
	if (!frm.doc.document_type) return;
	frappe
		.xcall(`${PLACE}condition_options`, { document_type: frm.doc.document_type })
		.then((options) => {
			for (const [field, values] of Object.entries(options)) {
				frm.set_df_property(field, "options", ["", ...values].join("\n"));
				frm.toggle_display(field, values.length > 0);
			}
		});
}
