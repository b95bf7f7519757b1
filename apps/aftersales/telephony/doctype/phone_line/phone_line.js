frappe.ui.form.on("Phone Line", {
	setup(frm) {
		frm.set_query("user", "agents", () => ({ filters: { enabled: 1, user_type: "System User" } }));
		frm.set_query("bridge", () => ({ filters: { enabled: 1 } }));
	},
	refresh(frm) {
		if (!frm.is_new() && frm.doc.enabled && !(frm.doc.agents || []).length) {
			frm.set_intro(__("Nobody is told about calls on this line. Add the agents who answer it."), "orange");
		}
	},
});
