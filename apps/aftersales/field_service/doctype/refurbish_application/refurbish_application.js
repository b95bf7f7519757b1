const WHY = { fieldname: "decision_note", fieldtype: "Small Text", label: __("Reason"), reqd: 1 };

aftersales.steps.ask_for("Refurbish Application", {
	Approve: () => [{ ...WHY, label: __("Opinion"), reqd: 0 }],
	Reject: () => [WHY],
	Finish: (frm) => [
		{ fieldname: "result", fieldtype: "Small Text", label: __("Result"), reqd: 1, default: frm.doc.result },
		{
			fieldname: "grade",
			fieldtype: "Select",
			label: __("Grade after Refurbishing"),
			options: frm.get_docfield("grade").options,
			default: frm.doc.grade,
		},
		{ fieldname: "cost", fieldtype: "Data", label: __("Cost") },
	],
});

frappe.ui.form.on("Refurbish Application", {
	setup(frm) {
		for (const field of ["product", "dealer"]) {
			frm.set_query(field, () => ({ filters: { disabled: 0 } }));
		}
	},
});
