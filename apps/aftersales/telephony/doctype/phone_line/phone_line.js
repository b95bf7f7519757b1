frappe.ui.form.on("Phone Line", {
	setup(frm) {
		frm.set_query("user", "agents", () => ({ filters: { enabled: 1, user_type: "System User" } }));
		frm.set_query("user", "ring_steps", () => ({ filters: { enabled: 1, user_type: "System User" } }));
		for (const [field, table] of [["agent_group", "ring_steps"], ["outside_group"]]) {
			frm.set_query(field, ...[table].filter(Boolean), () => ({ filters: { disabled: 0 } }));
		}
		frm.set_query("bridge", () => ({ filters: { enabled: 1 } }));
	},
	refresh(frm) {
		const people = [...(frm.doc.agents || []), ...(frm.doc.ring_steps || [])];
		if (!frm.is_new() && frm.doc.enabled && !people.length) {
			frm.set_intro(__("Nobody is told about calls on this line. Add the agents who answer it."), "orange");
		}
	},
});
