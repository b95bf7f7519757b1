frappe.ui.form.on("Slip Hint", {
	setup(frm) {
		frm.set_query("document_type", () => ({ filters: { istable: 0, issingle: 0 } }));
		frm.set_query("print_format", () => ({ filters: { doc_type: frm.doc.document_type } }));
	},
	document_type(frm) {
		frm.set_value({ print_format: null, order_kind: null });
	},
});
