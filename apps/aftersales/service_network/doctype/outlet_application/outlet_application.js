frappe.ui.form.on("Outlet Application", {
	setup(frm) {
		frm.set_query("parent_service_outlet", () => ({
			filters: { is_group: 1, enabled: 1, outlet_kind: ["in", ["Region", "Branch", "Service Centre"]] },
		}));
		frm.set_query("outlet", () => ({ filters: { outlet_kind: ["in", ["Outlet", "Service Centre"]] } }));
		frm.set_query("qualification", "qualifications", () => ({ filters: { enabled: 1 } }));
	},

	refresh(frm) {
		const open = ["Draft", "Rejected"].includes(frm.doc.stage);
		const decided = ["Approved", "Opened"].includes(frm.doc.stage);
		const headquarters = ["outlet_code", "hq_note", "rejection_reason"];
		for (const field of frm.fields) {
			const { fieldname, fieldtype } = field.df;
			if (!fieldname || ["Section Break", "Column Break"].includes(fieldtype) || field.df.hidden) continue;
			const locked = headquarters.includes(fieldname) ? decided : !open;
			if (locked) frm.set_df_property(fieldname, "read_only", 1);
		}
		if (frm.doc.stage === "Rejected" && frm.doc.rejection_reason) {
			frm.dashboard.add_comment(
				__("Rejected: {0}", [frappe.utils.escape_html(frm.doc.rejection_reason)]),
				"red",
				true,
			);
		}
	},

	outlet(frm) {
		if (!frm.doc.outlet) return null;
		return frappe.db
			.get_value("Service Outlet", frm.doc.outlet, [
				"outlet_name",
				"outlet_kind",
				"parent_service_outlet",
				"phone",
				"email",
				"address",
				"region",
			])
			.then(({ message }) => frm.set_value(message));
	},
});
