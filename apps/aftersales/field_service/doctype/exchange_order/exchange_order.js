// What the steps ask for (aftersales.field_service.exchange.STEPS).
const OPINION = { fieldname: "opinion", fieldtype: "Small Text", label: __("Opinion") };
const REASON = { ...OPINION, label: __("Reason"), reqd: 1 };

function agreement(frm) {
	const known = frm.doc.agreed_otherwise;
	return [
		{
			fieldname: "agreed_otherwise",
			fieldtype: "Check",
			label: __("Agreed Otherwise"),
			default: known,
			description: frappe.utils.escape_html(frm.doc.fee_rule || ""),
		},
		{
			fieldname: "agreed_percent",
			fieldtype: "Percent",
			label: __("Agreed Depreciation (%)"),
			default: frm.doc.agreed_percent,
			depends_on: "agreed_otherwise",
		},
		{
			fieldname: "agreed_reason",
			fieldtype: "Small Text",
			label: __("Why"),
			default: frm.doc.agreed_reason,
			depends_on: "agreed_otherwise",
			mandatory_depends_on: "agreed_otherwise",
		},
	];
}

aftersales.steps.ask_for("Exchange Order", {
	Sign: () => [OPINION],
	"Confirm Check": (frm) => [{ ...OPINION, reqd: 1 }, ...(frm.doc.kind === "Transfer" ? [] : agreement(frm))],
	Instruct: (frm) => [
		{ ...OPINION, label: __("Instruction"), reqd: 1 },
		...(frm.doc.kind === "Transfer" ? [] : agreement(frm)),
	],
	"Take into Custody": (frm) => [
		{
			fieldname: "custody_place",
			fieldtype: "Data",
			label: __("Place of Custody"),
			reqd: 1,
			default: frm.doc.custody_place,
		},
		OPINION,
	],
	"Enter in Ledger": (frm) =>
		frm.doc.kind === "Exchange"
			? [
					{
						fieldname: "new_product",
						fieldtype: "Link",
						options: "Product",
						label: __("New Product"),
						default: frm.doc.new_product || frm.doc.product,
					},
					{
						fieldname: "new_serial_no",
						fieldtype: "Data",
						label: __("New Serial No."),
						default: frm.doc.new_serial_no,
						reqd: frm.doc.serial_no ? 1 : 0,
					},
			  ]
			: [],
	Return: () => [REASON],
	Decline: () => [REASON],
});

frappe.ui.form.on("Exchange Order", {
	setup(frm) {
		for (const field of ["product", "new_product", "customer"]) {
			frm.set_query(field, () => ({ filters: { disabled: 0 } }));
		}
		frm.set_query("device", () => (frm.doc.product ? { filters: { product: frm.doc.product } } : {}));
	},

	refresh(frm) {
		lock_what_is_signed(frm);
		frm.dashboard.clear_headline();
		if (!frm.is_new() && frm.doc.ledger_no) {
			frm.dashboard.set_headline_alert(
				`${__("Ledger Number")}: ${frappe.utils.escape_html(frm.doc.ledger_no)}`,
				"green"
			);
		}
	},
});

// The server refuses these changes (exchange.FILLED_IN); here people see it before they type.
function lock_what_is_signed(frm) {
	const stage = frm.doc.stage || "Writing";
	const open = {
		Office: ["agreed_otherwise", "agreed_percent", "agreed_reason"],
		Instruction: ["agreed_otherwise", "agreed_percent", "agreed_reason"],
		Goods: ["custody_place"],
		Custody: ["custody_place", "new_product", "new_serial_no"],
	};
	const allowed = ["remarks", "opinion", ...(open[stage] || [])];
	for (const df of frm.meta.fields) {
		if (df.read_only || df.is_custom_field || frappe.model.no_value_type.includes(df.fieldtype)) continue;
		frm.set_df_property(df.fieldname, "read_only", stage === "Writing" || allowed.includes(df.fieldname) ? 0 : 1);
	}
	frm.set_df_property("opinion", "hidden", frm.is_new() ? 1 : 0);
	frm.toggle_display("custody_section", !["Writing", "Regional Head", "Office", "Instruction"].includes(stage));
}
