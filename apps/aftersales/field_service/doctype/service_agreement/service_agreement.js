frappe.ui.form.on("Service Agreement", {
	setup(frm) {
		const own = () => ({ filters: { customer: frm.doc.customer || "" } });
		frm.set_query("device", "devices", own);
		frm.set_query("device", "visit_schedule", own);
		frm.set_query("service_item", "benefits", () => ({ filters: { disabled: 0 } }));
		frm.set_query("job_package", "visit_schedule", () => ({ filters: { disabled: 0 } }));
	},

	refresh(frm) {
		if (frm.is_new()) return;
		if (frm.perm[0]?.write && ["Draft", "Recorded"].includes(frm.doc.stage)) {
			frm.add_custom_button(__("Plan Payments"), () => plan_payments(frm));
		}
		if (frm.doc.stage === "Active" && frm.doc.end_date < frappe.datetime.get_today()) {
			frm.set_intro(__("The agreement's time is over."), "orange");
		}
	},
});

function plan_payments(frm) {
	frappe.prompt(
		[
			{ fieldname: "number", fieldtype: "Int", label: __("Number of Payments"), default: 12, reqd: 1 },
			{ fieldname: "months", fieldtype: "Int", label: __("Months between Two"), default: 1, reqd: 1 },
			{
				fieldname: "first_date",
				fieldtype: "Date",
				label: __("First Payment"),
				default: frm.doc.start_date,
				reqd: 1,
			},
		],
		(values) =>
			frappe
				.xcall("aftersales.field_service.agreements.plan_payments", {
					agreement: frm.doc.name,
					...values,
				})
				.then(() => frm.reload_doc()),
		__("Plan Payments"),
		__("Plan")
	);
}
