frappe.ui.form.on("Reward", {
	refresh(frm) {
		if (frm.is_new() || frm.doc.unlimited || !frm.perm[0]?.write) return;
		frm.add_custom_button(__("Change Stock"), () => change_stock(frm));
	},
});

function change_stock(frm) {
	const dialog = new frappe.ui.Dialog({
		title: __("Change Stock"),
		fields: [
			{
				fieldname: "change",
				fieldtype: "Int",
				label: __("More or Less"),
				reqd: 1,
				description: __("{0} are there. Negative: so many leave.", [frm.doc.stock || 0]),
			},
			{ fieldname: "reason", fieldtype: "Data", label: __("Reason"), reqd: 1 },
		],
		primary_action_label: __("Change Stock"),
		primary_action: ({ change, reason }) => {
			dialog.disable_primary_action();
			frappe
				.xcall("aftersales.service_network.rewards.change_stock", {
					reward: frm.doc.name,
					change,
					reason,
				})
				.then(() => {
					dialog.hide();
					return frm.reload_doc();
				})
				.catch(() => {})
				.finally(() => dialog.enable_primary_action());
		},
	});
	dialog.show();
}
