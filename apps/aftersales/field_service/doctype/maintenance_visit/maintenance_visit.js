frappe.ui.form.on("Maintenance Visit", {
	setup(frm) {
		frm.set_query("device", () => ({ filters: { customer: frm.doc.customer || "" } }));
		frm.set_query("job_package", () => ({ filters: { disabled: 0 } }));
	},

	refresh(frm) {
		if (frm.is_new()) return;
		const waits =
			frm.doc.visit_kind === "First Free Maintenance" &&
			frm.doc.stage === "Done" &&
			frm.perm[0]?.write &&
			frappe.model.can_create("Warranty Submission");
		if (!waits) return;
		if (frm.doc.confirmation !== "Confirmed") {
			frm.add_custom_button(__("Confirm First Maintenance"), () => confirm(frm, 1)).addClass("btn-primary");
		}
		if (frm.doc.confirmation !== "Not Accepted") {
			frm.add_custom_button(__("Do Not Accept"), () =>
				frappe.prompt(
					{ fieldname: "reason", fieldtype: "Small Text", label: __("Reason"), reqd: 1 },
					({ reason }) => confirm(frm, 0, reason),
					__("Do Not Accept")
				)
			);
		}
	},
});

function confirm(frm, accept, reason) {
	frappe
		.xcall("aftersales.field_service.maintenance_visits.confirm_first", {
			visit: frm.doc.name,
			accept,
			reason,
		})
		.then(() => frm.reload_doc());
}
