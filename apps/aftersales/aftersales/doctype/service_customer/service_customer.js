frappe.ui.form.on("Service Customer", {
	setup(frm) {
		frm.set_query("referred_by", () => ({ filters: { name: ["!=", frm.doc.name] } }));
		frm.set_query("related_customer", "relations", () => ({
			filters: { name: ["!=", frm.doc.name] },
		}));
	},

	refresh(frm) {
		frappe.dynamic_link = { doc: frm.doc, fieldname: "name", doctype: frm.doctype };
		if (frm.is_new()) {
			frappe.contacts.clear_address_and_contact(frm);
			return;
		}
		frappe.contacts.render_address_and_contact(frm);
		aftersales_show_black_list(frm);
		if (frappe.model.can_create("Service Ticket")) {
			frm.add_custom_button(__("New Ticket"), () =>
				frappe.new_doc("Service Ticket", { customer: frm.doc.name })
			);
		}
	},
});

function aftersales_show_black_list(frm) {
	if (frm.doc.black_listed) {
		const reason = frappe.utils.escape_html(frm.doc.black_list_reason || "");
		frm.set_intro(`<b>${__("Black-listed")}</b>: ${reason}`, "red");
	}
}
