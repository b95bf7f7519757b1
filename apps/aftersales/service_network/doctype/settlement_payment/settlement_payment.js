frappe.ui.form.on("Settlement Payment", {
	refresh(frm) {
		if (frm.is_new()) return;
		frm.disable_save();
		if (!frm.doc.reversal_of && frm.doc.__onload?.may_take_back) {
			frm.add_custom_button(__("Take Payment Back"), () => take_back(frm));
		}
	},
});

function take_back(frm) {
	frappe.prompt(
		{ fieldname: "remarks", fieldtype: "Small Text", label: __("Reason"), reqd: 1 },
		async ({ remarks }) => {
			const { payment } = await frappe.xcall(
				"aftersales.service_network.settlement_payments.take_back",
				{ payment: frm.doc.name, remarks },
			);
			frappe.set_route("Form", "Settlement Payment", payment);
		},
		__("Take Payment Back"),
	);
}
