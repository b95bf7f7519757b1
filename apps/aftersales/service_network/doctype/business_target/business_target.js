frappe.ui.form.on("Business Target", {
	refresh(frm) {
		if (frm.is_new()) return;
		frm.add_custom_button(__("What Was Reached"), () =>
			frappe.set_route("query-report", "Business Targets", {
				from_date: frm.doc.from_date,
				to_date: frm.doc.to_date,
				measure: frm.doc.measure,
			})
		);
	},
});
