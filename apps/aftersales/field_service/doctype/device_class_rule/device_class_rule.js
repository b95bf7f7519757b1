frappe.ui.form.on("Device Class Rule", {
	refresh(frm) {
		if (frm.is_new() || !frm.doc.enabled || !frappe.model.can_write(frm.doctype)) return;
		frm.add_custom_button(__("Classify Now"), async () => {
			await frappe.xcall("aftersales.field_service.device_classes.classify_now", {
				rule: frm.doc.name,
			});
			frappe.show_alert({
				message: __("The devices are being classified. You will be told when it is done."),
				indicator: "blue",
			});
		});
		frm.add_custom_button(__("Class Change List"), () =>
			frappe.set_route("query-report", "Class Change List")
		);
	},
});
