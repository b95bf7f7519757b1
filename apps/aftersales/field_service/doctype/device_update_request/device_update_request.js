frappe.ui.form.on("Device Update Request", {
	setup(frm) {
		frm.set_query("service_order", () => ({ filters: frm.doc.device ? { device: frm.doc.device } : {} }));
		frm.set_query("new_outlet", () => ({ filters: { enabled: 1 } }));
	},

	refresh(frm) {
		if (frm.doc.stage === "Audited") frm.set_read_only();
	},

	before_workflow_action(frm) {
		if (frm.selected_workflow_action !== "Reject") return;
		frappe.dom.unfreeze();
		return ask_reason(frm).then(() => frappe.dom.freeze());
	},
});

function ask_reason(frm) {
	return new Promise((resolve) => {
		frappe.prompt(
			{
				fieldname: "reason",
				fieldtype: "Small Text",
				label: __("Reason of Rejection"),
				reqd: 1,
				default: frm.doc.rejection_reason,
			},
			({ reason }) =>
				frm
					.set_value("rejection_reason", reason)
					.then(() => frm.save())
					.then(resolve),
			__("Reject")
		);
	});
}
