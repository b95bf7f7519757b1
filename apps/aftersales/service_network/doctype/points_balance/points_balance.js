frappe.ui.form.on("Points Balance", {
	refresh(frm) {
		frm.disable_save();
		const { customer } = frm.doc;
		if (frm.doc.balance > 0 && frappe.model.can_create("Reward Redemption")) {
			frm.add_custom_button(__("Redeem Points"), () =>
				aftersales.points.redeem([customer])
			).addClass("btn-primary");
		}
		if (frappe.model.can_create("Points Entry")) {
			frm.add_custom_button(__("Adjust Points"), () =>
				frappe.new_doc("Points Entry", { customer, kind: "Adjusted" })
			);
		}
		frm.add_custom_button(__("Entries"), () =>
			frappe.set_route("List", "Points Entry", { customer })
		);
	},
});
