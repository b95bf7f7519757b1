frappe.ui.form.on("Caller Message", {
	setup(frm) {
		frm.set_query("for_user", () => ({ filters: { enabled: 1, user_type: "System User" } }));
		frm.set_query("for_group", () => ({ filters: { disabled: 0 } }));
	},
	refresh(frm) {
		if (frm.is_new()) return;
		const done = frm.doc.state === "Done";
		frm.page.set_indicator(__(frm.doc.state), done ? "gray" : frm.doc.urgent ? "red" : "orange");
		frm.add_custom_button(done ? __("Open Again") : __("Mark as Done"), () => set_done(frm, !done)).addClass(
			done ? "" : "btn-primary"
		);
		if (frm.doc.phone) {
			frm.dashboard.clear_comment();
			if (frm.doc.call_back && !done) {
				const phone = frappe.utils.escape_html(frm.doc.phone);
				frm.dashboard.add_comment(__("The caller wants to be called back: {0}", [phone]), "yellow", true);
			}
		}
	},
});

function set_done(frm, done) {
	frappe
		.xcall("aftersales.telephony.doctype.caller_message.caller_message.set_done", {
			message: frm.doc.name,
			done,
		})
		.then(() => frm.reload_doc());
}
