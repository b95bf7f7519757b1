frappe.ui.form.on("Care Occasion", {
	setup(frm) {
		for (const field of ["template", "second_template"]) {
			frm.set_query(field, () => ({
				filters: { disabled: 0, document_type: ["in", ["", "Service Customer"]] },
			}));
		}
		frm.set_query("assign_to", () => ({ filters: { enabled: 1, user_type: "System User" } }));
	},
	refresh(frm) {
		if (frm.is_new()) return;
		frm.add_custom_button(__("What Came of It"), () =>
			frappe.set_route("List", "Care Contact", { occasion: frm.doc.name })
		);
	},
	kind(frm) {
		if (frm.doc.kind === "Referral") frm.set_value("action", "Message");
	},
});
