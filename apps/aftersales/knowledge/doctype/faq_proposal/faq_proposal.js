frappe.ui.form.on("FAQ Proposal", {
	setup(frm) {
		frm.set_query("faq", () => ({ filters: { name: ["!=", ""] } }));
	},

	refresh(frm) {
		if (frm.is_new()) return;
		show_duplicates(frm);
		if (frm.doc.faq) {
			frm.add_custom_button(__("Open FAQ"), () => frappe.set_route("Form", "FAQ", frm.doc.faq));
		}
	},

	/** What the decision needs is asked for before it is taken. */
	async before_workflow_action(frm) {
		const fields = {
			Accept: ["faq_category"],
			Merge: ["faq"],
			Reject: ["reason"],
		}[frm.selected_workflow_action];
		const missing = (fields || []).filter((field) => !frm.doc[field]);
		if (!missing.length) return;
		// Frappe has frozen the page already; the question below needs it back.
		frappe.dom.unfreeze();
		await frm.set_value(await ask_for(frm, missing));
		await frm.save();
		frappe.dom.freeze();
	},
});

/** Ask for fields of the proposal; closing the dialog leaves the action undone. */
function ask_for(frm, fields) {
	return new Promise((resolve) => {
		const dialog = new frappe.ui.Dialog({
			title: __(frm.selected_workflow_action),
			fields: fields.map((fieldname) => {
				const { fieldtype, label, options, description } = frm.get_docfield(fieldname);
				return { fieldname, fieldtype, label: __(label), options, description: __(description), reqd: 1 };
			}),
			primary_action_label: __(frm.selected_workflow_action),
			primary_action(values) {
				resolve(values);
				dialog.hide();
			},
		});
		dialog.show();
	});
}

/** Answers that come near, with how near; one click makes one of them the answer of this proposal. */
async function show_duplicates(frm) {
	const wrapper = frm.fields_dict.duplicates_html.$wrapper;
	const { message: near } = await frm.call("near_faqs");
	if (!near.length) {
		wrapper.html(`<p class="text-muted">${__("No answer comes near.")}</p>`);
		return;
	}
	const esc = frappe.utils.escape_html;
	const rows = near.map(
		(row) => `<li><a href="/app/faq/${encodeURIComponent(row.name)}">${esc(row.question)}</a>
			<span class="text-muted">${__("{0} % alike", [Math.round(row.likeness * 100)])}
				· ${esc(__(row.status))}</span>
			${
				frm.doc.decision || !frm.perm[0]?.write
					? ""
					: `<button type="button" class="btn btn-xs btn-default" data-faq="${esc(row.name)}">${__(
							"It Is This One"
					  )}</button>`
			}</li>`
	);
	wrapper.html(`<ul class="list-unstyled">${rows.join("")}</ul>`);
	wrapper.find("[data-faq]").on("click", (event) => frm.set_value("faq", event.currentTarget.dataset.faq));
}
