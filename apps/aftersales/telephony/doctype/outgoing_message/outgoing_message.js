const METHODS = "aftersales.telephony.message_api";

frappe.ui.form.on("Outgoing Message", {
	refresh(frm) {
		if (frm.is_new()) return;
		const own = frm.doc.owner === frappe.session.user;
		const may = own || frm.perm[0]?.write;
		const waits = frm.doc.state === "Queued";
		for (const field of ["recipient", "subject", "body", "text"]) {
			frm.set_df_property(field, "read_only", waits && frm.perm[0]?.write ? 0 : 1);
		}
		if (may && waits) add(frm, __("Cancel Message"), "cancel");
		if (may && ["Failed", "Cancelled"].includes(frm.doc.state)) {
			add(frm, __("Send Again"), "send_again");
		}
		if (frm.doc.uncertain) {
			frm.set_intro(
				__("Nobody knows whether the gateway got this message. Ask the customer before you send it again."),
				"orange"
			);
		}
	},
});

function add(frm, label, action) {
	frm.add_custom_button(label, () =>
		frappe.xcall(`${METHODS}.${action}`, { name: frm.doc.name }).then(() => frm.reload_doc())
	);
}
