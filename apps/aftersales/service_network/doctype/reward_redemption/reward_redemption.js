aftersales.steps.ask_for("Reward Redemption", {
	Cancel: () => [
		{
			fieldname: "cancel_reason",
			fieldtype: "Small Text",
			label: __("Reason of Cancelling"),
			reqd: 1,
		},
	],
});

frappe.ui.form.on("Reward Redemption", {
	setup(frm) {
		frm.set_query("customer", () => ({ filters: { disabled: 0 } }));
		frm.set_query("reward", () => ({ filters: { enabled: 1 } }));
	},
	refresh(frm) {
		if (frm.is_new()) {
			frm.set_intro(__("Points and stock are taken when you save."));
		}
	},
});
