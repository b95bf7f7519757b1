frappe.ui.form.on("Maintenance Plan", {
	setup(frm) {
		frm.set_query("device", () => ({ filters: { customer: frm.doc.customer || "", stage: "Active" } }));
		frm.set_query("job_package", () => ({ filters: { disabled: 0 } }));
	},
});
