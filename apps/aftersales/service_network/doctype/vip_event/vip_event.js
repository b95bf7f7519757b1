frappe.ui.form.on("VIP Event", {
	setup(frm) {
		frm.set_query("customer", "guests", () => ({ filters: { disabled: 0, black_listed: 0 } }));
		frm.set_query("organiser", () => ({ filters: { enabled: 1, user_type: "System User" } }));
	},
	refresh(frm) {
		if (frm.is_new() || frm.doc.cancelled || !frm.perm[0]?.write) return;
		frm.add_custom_button(__("Invite Customers of a VIP Level"), () => invite(frm));
	},
});

function invite(frm) {
	frappe.prompt(
		{
			fieldname: "vip_level",
			fieldtype: "Link",
			options: "VIP Level",
			label: __("VIP Level"),
			reqd: 1,
		},
		async ({ vip_level }) => {
			const invited = new Set(frm.doc.guests.map((row) => row.customer));
			const customers = await frappe.db.get_list("Service Customer", {
				filters: { vip_level, disabled: 0, black_listed: 0 },
				fields: ["name", "customer_name"],
				limit: 500,
			});
			const missing = customers.filter(({ name }) => !invited.has(name));
			for (const { name, customer_name } of missing) {
				frm.add_child("guests", { customer: name, customer_name });
			}
			frm.refresh_field("guests");
			if (missing.length) frm.dirty();
			frappe.show_alert(__("{0} guests were added.", [missing.length]));
		},
		__("Invite Customers of a VIP Level"),
		__("Invite")
	);
}
