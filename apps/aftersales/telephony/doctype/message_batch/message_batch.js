frappe.ui.form.on("Message Batch", {
	refresh(frm) {
		if (frm.is_new()) return;
		frm.add_custom_button(__("Messages"), () =>
			frappe.set_route("List", "Outgoing Message", { batch: frm.doc.name })
		);
		if (["Waiting", "Queueing"].includes(frm.doc.state)) {
			setTimeout(() => cur_frm === frm && !frm.is_dirty() && frm.reload_doc(), 3000);
		}
	},
});
