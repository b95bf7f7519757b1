frappe.ui.form.on("Service Outlet", {
	setup(frm) {
		frm.set_query("qualification", "qualifications", () => ({ filters: { enabled: 1 } }));
	},

	refresh(frm) {
		if (!frm.is_new() && !frappe.model.can_create(frm.doctype)) {
			for (const field of ["outlet_name", "outlet_code"]) frm.set_df_property(field, "read_only", 1);
		}
		const expires = frm.doc.qualification_expires_on;
		if (!expires || frm.is_new()) return;
		const days = frappe.datetime.get_day_diff(expires, frappe.datetime.get_today());
		if (days > 30) return;
		const day = frappe.datetime.str_to_user(expires);
		frm.dashboard.add_comment(
			days < 0 ? __("A qualification expired on {0}.", [day]) : __("A qualification expires on {0}.", [day]),
			days < 0 ? "red" : "orange",
			true,
		);
	},
});
