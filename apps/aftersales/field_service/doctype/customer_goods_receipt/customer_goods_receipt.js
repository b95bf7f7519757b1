// What the hand-over asks for (aftersales.field_service.goods.hand_over). The amount is text: a number field would read
// "1,20" as 120 without a word.
aftersales.steps.ask_for("Customer Goods Receipt", {
	"Goods Ready": (frm) => [
		{ fieldname: "result", fieldtype: "Small Text", label: __("Result"), default: frm.doc.result },
	],
	"Hand Over": (frm) => [
		{
			fieldname: "receipt_given_back",
			fieldtype: "Check",
			label: __("Receipt Given Back"),
		},
		{
			fieldname: "identity_note",
			fieldtype: "Data",
			label: __("Identity Checked"),
			description: __("Without the receipt: what was shown. Write down no whole document number."),
			depends_on: "eval:!doc.receipt_given_back",
			mandatory_depends_on: "eval:!doc.receipt_given_back",
		},
		{
			fieldname: "picked_up_by",
			fieldtype: "Data",
			label: __("Picked Up By"),
			default: frm.doc.customer_name,
		},
		{ fieldname: "money", fieldtype: "Section Break" },
		{
			fieldname: "amount_collected",
			fieldtype: "Data",
			label: __("Amount Collected"),
			description: `${__("Amount Due")}: ${format_currency(frm.doc.amount_due || 0)}`,
		},
		{ fieldname: "amount_note", fieldtype: "Data", label: __("Why the Amount Differs") },
		{ fieldname: "column_money", fieldtype: "Column Break" },
		{ fieldname: "invoice_no", fieldtype: "Data", label: __("Invoice Number"), default: frm.doc.invoice_no },
		{ fieldname: "hand_over_note", fieldtype: "Small Text", label: __("Note") },
	],
});

frappe.ui.form.on("Customer Goods Receipt", {
	setup(frm) {
		for (const field of ["product", "customer"]) {
			frm.set_query(field, () => ({ filters: { disabled: 0 } }));
		}
		frm.set_query("device", () => (frm.doc.product ? { filters: { product: frm.doc.product } } : {}));
	},

	refresh(frm) {
		if (frm.is_new()) return;
		const { stage, factory_return } = frm.doc;
		if (stage === "Here" && !factory_return && frappe.model.can_create("Factory Return")) {
			frm.add_custom_button(__("Factory Return"), () => aftersales.goods.to_factory([frm.doc.name]), __("Create"));
		}
	},

	// One row for each accessory of the product, to be ticked (S12.04).
	product(frm) {
		if (!frm.doc.product || (frm.doc.accessories || []).length) return;
		frappe
			.xcall("aftersales.field_service.counter.accessories_of", { product: frm.doc.product })
			.then((names) => {
				for (const accessory of names) frm.add_child("accessories", { accessory, brought: 0 });
				frm.refresh_field("accessories");
			});
	},
});
