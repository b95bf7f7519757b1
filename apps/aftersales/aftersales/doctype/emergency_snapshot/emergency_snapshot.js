frappe.ui.form.on("Emergency Snapshot", {
	refresh(frm) {
		frm.set_intro("");
		if (frm.is_new()) {
			frm.set_intro(__("Save to take a snapshot of all customers, FAQs and open work now."), "blue");
			frm.page.set_primary_action(__("Take Snapshot"), () => frm.save());
			return;
		}
		frm.disable_save();
		frm.set_intro(
			__("The files hold personal data of all customers. Keep them safe and delete older ones."),
			"orange"
		);
		if (["Queued", "Building"].includes(frm.doc.status)) {
			clearTimeout(frm.snapshot_timer);
			// The job tells open forms; this is for browsers without a realtime connection.
			frm.snapshot_timer = setTimeout(() => cur_frm === frm && frm.reload_doc(), 5000);
		}
		for (const [field, label] of [
			["html_file", __("Download Page")],
			["xlsx_file", __("Download Workbook")],
		]) {
			if (frm.doc[field]) frm.add_custom_button(label, () => window.open(frm.doc[field]));
		}
	},
});
