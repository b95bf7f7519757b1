frappe.ui.form.on("ERPNext Sync Settings", {
	refresh(frm) {
		if (!frm.doc.enabled || !frappe.model.can_write(frm.doctype)) return;
		frm.add_custom_button(__("Take Over Everything Now"), () =>
			frappe
				.xcall("aftersales.aftersales.erpnext_sync.sync_all")
				.then(() =>
					frappe.show_alert({
						message: __("Started in the background. The result will stand here."),
						indicator: "blue",
					})
				)
		);
	},
});
