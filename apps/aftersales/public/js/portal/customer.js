// A customer's people in the customer portal: invite somebody, and the company to which a person belongs.
frappe.ui.form.on("Service Customer", {
	setup(frm) {
		frm.set_query("company", () => ({
			filters: { customer_kind: "Organisation", name: ["!=", frm.doc.name] },
		}));
	},
	refresh(frm) {
		if (frm.is_new() || !frappe.model.can_create("Portal Access")) return;
		frm.add_custom_button(
			__("Portal Access"),
			() =>
				frappe.new_doc("Portal Access", {
					customer: frm.doc.name,
					email: frm.doc.email,
					full_name: frm.doc.customer_name,
					access: frm.doc.customer_kind === "Organisation" ? "Own Tickets" : "All Tickets",
				}),
			__("Create")
		);
	},
});
