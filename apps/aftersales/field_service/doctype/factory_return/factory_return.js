const NOTE = { fieldname: "decision_note", fieldtype: "Small Text", label: __("Reason"), reqd: 1 };

aftersales.steps.ask_for("Factory Return", {
	Ship: (frm) => [
		{ fieldname: "carrier", fieldtype: "Data", label: __("Carrier"), default: frm.doc.carrier },
		{ fieldname: "waybill_no", fieldtype: "Data", label: __("Waybill Number"), default: frm.doc.waybill_no },
		{ fieldname: "sent_on", fieldtype: "Date", label: __("Sent On"), default: frappe.datetime.get_today() },
	],
	Reject: () => [NOTE],
});

frappe.ui.form.on("Factory Return", {
	setup(frm) {
		frm.set_query("goods_receipt", "lines", () => {
			const filters = { stage: "Here" };
			if (frm.doc.outlet) filters.outlet = frm.doc.outlet;
			return { filters };
		});
	},

	refresh(frm) {
		const stage = frm.doc.stage || "Writing";
		const grid = frm.fields_dict.lines.grid;
		grid.update_docfield_property("goods_receipt", "read_only", stage === "Writing" ? 0 : 1);
		for (const field of ["outcome", "new_serial_no", "factory_fee"]) {
			grid.update_docfield_property(field, "read_only", stage === "Sent" ? 0 : 1);
		}
		frm.set_df_property("lines", "cannot_add_rows", stage !== "Writing");
		frm.set_df_property("lines", "cannot_delete_rows", stage !== "Writing");
	},
});
