frappe.ui.form.on("Shift", {
	setup(frm) {
		frm.set_query("agent_group", () => ({ filters: { disabled: 0 } }));
	},

	refresh(frm) {
		offer_members(frm);
	},

	agent_group(frm) {
		offer_members(frm);
	},
});

// Only members of the group can be on its shifts; a new shift begins with all of them.
function offer_members(frm) {
	if (!frm.doc.agent_group) return;
	frappe.db.get_doc("Agent Group", frm.doc.agent_group).then((group) => {
		const users = group.members.map((row) => row.user);
		frm.set_query("user", "members", () => ({ filters: { name: ["in", users] } }));
		if (frm.is_new() && !(frm.doc.members || []).some((row) => row.user)) {
			frm.clear_table("members");
			group.members.forEach((row) => frm.add_child("members", { user: row.user, full_name: row.full_name }));
			frm.refresh_field("members");
		}
	});
}
