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
	before_workflow_action(frm) {
		const fields = {
			Accept: ["faq_category"],
			Merge: ["faq"],
			Reject: ["reason"],
		}[frm.selected_workflow_action];
		return fields ? aftersales.knowledge.ask_and_decide(frm, fields) : undefined;
	},
});

/** Answers that come near, with how near; one click makes one of them the answer of this proposal. */
async function show_duplicates(frm) {
	const wrapper = frm.fields_dict.duplicates_html.$wrapper;
	// Not a method of the form: what it shows must not fail because the document was saved meanwhile.
	const near = await frappe.xcall("aftersales.knowledge.proposals.near_answers", { proposal: frm.doc.name });
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
