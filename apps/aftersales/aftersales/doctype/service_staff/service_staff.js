frappe.ui.form.on("Service Staff", {
	setup(frm) {
		frm.set_query("reports_to", () => ({ filters: { enabled: 1, name: ["!=", frm.doc.name] } }));
	},
});
