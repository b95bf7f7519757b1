frappe.ui.form.on("Warranty Submission", {
	setup(frm) {
		frm.set_query("service_order", "lines", () => ({
			filters: { stage: ["in", ["Completed", "Followed Up", "Audited"]] },
		}));
		frm.set_query("maintenance_visit", "lines", () => ({
			filters: { visit_kind: "First Free Maintenance", confirmation: "Confirmed" },
		}));
	},

	refresh(frm) {
		const made = frm.doc.stage === "Made";
		const answering = frm.doc.stage === "Submitted";
		const grid = frm.get_field("lines").grid;
		for (const field of ["answer", "accepted_amount", "ground", "reason"]) {
			grid.update_docfield_property(field, "read_only", answering ? 0 : 1);
		}
		for (const field of ["service_order", "maintenance_visit", "amount", "parts_amount", "work_amount"]) {
			grid.update_docfield_property(field, "read_only", made ? 0 : 1);
		}
		const first = frm.doc.claim_kind === "First Free Maintenance";
		grid.update_docfield_property("maintenance_visit", "hidden", first ? 0 : 1);
		grid.update_docfield_property("service_order", "hidden", first ? 1 : 0);
		grid.cannot_add_rows = grid.cannot_delete_rows = !made;
		grid.reset_grid();
		for (const field of ["paid_on", "paid_amount", "payment_reference"]) {
			frm.toggle_enable(field, frm.doc.stage === "Answered");
		}
		if (frm.is_new() || !frm.perm[0]?.write) return;
		if (made && frappe.model.can_create("Warranty Submission")) {
			frm.add_custom_button(__("Collect Claims"), () => collect(frm)).addClass("btn-primary");
		}
		if (answering && frm.doc.lines.some((row) => row.answer === "Awaiting Answer")) {
			frm.add_custom_button(__("Accept All Open Claims"), () => {
				for (const row of frm.doc.lines) {
					if (row.answer === "Awaiting Answer") row.answer = "Accepted";
				}
				frm.dirty();
				frm.save();
			});
		}
	},
});

frappe.ui.form.on("Warranty Submission", "claim_kind", (frm) => frm.trigger("refresh"));

async function collect(frm) {
	if (frm.is_dirty()) await frm.save();
	const { message: answer } = await frappe.call({
		method: "aftersales.field_service.warranty_claims.collect",
		args: { submission: frm.doc.name },
		freeze: true,
		freeze_message: __("Collecting claims …"),
	});
	await frm.reload_doc();
	const text = [__("Claims added: {0}", [answer.added])];
	if (answer.more) text.push(__("There are more; make another submission for the rest."));
	if (answer.left_out.length) {
		const rows = answer.left_out.map(
			(row) =>
				`<li>${frappe.utils.get_form_link(row.doctype, row.name, true)}: ${frappe.utils.escape_html(
					row.reasons.join("; ")
				)}</li>`
		);
		text.push(`${__("Left out:")}<ul>${rows.join("")}</ul>`);
	}
	frappe.msgprint({ title: __("Collect Claims"), message: text.join("<br>"), indicator: "blue" });
}
