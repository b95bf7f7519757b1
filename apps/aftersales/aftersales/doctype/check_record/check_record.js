frappe.ui.form.on("Check Record", {
	setup(frm) {
		frm.set_query("reference_doctype", () => ({
			query: "aftersales.aftersales.own_doctypes.doctype_choices",
		}));
	},

	refresh(frm) {
		const own = frm.doc.checked_person === frappe.session.user;
		const fixed = frm.doc.checked || own;
		for (const field of ["information_right", "originals_complete", "findings", "conclusion", "checker", "checked_person"]) {
			frm.set_df_property(field, "read_only", fixed ? 1 : 0);
		}
		frm.set_df_property("objection", "read_only", own && frm.doc.checked && frm.doc.status !== "Audited" ? 0 : 1);
		frm.set_df_property("notes", "read_only", 1);
		frm.set_df_property("objection_answer", "hidden", frm.doc.objection ? 0 : 1);
		frm.set_intro("");
		if (frm.doc.status === "Audited") {
			frm.set_read_only();
			frm.disable_save();
			frm.set_intro(__("This check is audited: nothing can be changed until the audit is cancelled."), "blue");
		} else if (own) {
			frm.set_intro(__("This is your own record: somebody else checks it."), "orange");
		}
		if (frm.is_new()) return;
		if (frm.perm[0].write && frm.doc.status !== "Audited") {
			frm.add_custom_button(__("Add a Note"), () => add_note(frm));
		}
		show_record(frm);
	},
});

function add_note(frm) {
	if (frm.is_dirty()) {
		frappe.show_alert({ message: __("Save the check first."), indicator: "orange" });
		return;
	}
	frappe.prompt(
		{ fieldname: "note", fieldtype: "Small Text", label: __("Note"), reqd: 1 },
		({ note }) =>
			frappe
				.xcall("aftersales.aftersales.doctype.check_record.check_record.add_note", {
					check_record: frm.doc.name,
					note,
				})
				.then(() => frm.reload_doc()),
		__("Add a Note"),
		__("Add")
	);
}

function show_record(frm) {
	const $area = frm.fields_dict.record_view.$wrapper;
	const name = frm.doc.name;
	frappe
		.xcall("aftersales.aftersales.check_evidence.record_beside", { check_record: name })
		.then((found) => frm.doc.name === name && $area.html(record_html(frm, found)));
}

function record_html(frm, found) {
	const escape = frappe.utils.escape_html;
	const title = `${__(frm.doc.reference_doctype)} ${escape(frm.doc.reference_name)}`;
	if (!found.exists) return `<p class="text-muted">${title}: ${__("the record was deleted.")}</p>`;
	if (!found.readable) return `<p class="text-muted">${title}: ${__("you may not read this record.")}</p>`;
	const shown = (field, value) => escape(field.translate ? __(value) : value);
	const rows = found.fields.map((field) => {
		const then = field.changed
			? `<div class="text-muted small">${__("At the drawing")}: <s>${shown(field, field.then) || "–"}</s></div>`
			: "";
		return `<tr class="${field.changed ? "check-record-changed" : ""}"><th style="width: 28%">${__(field.label)}</th>
			<td style="white-space: pre-wrap">${shown(field, field.now) || "–"}${then}</td></tr>`;
	});
	const changed = found.fields.filter((field) => field.changed).length;
	const marks = changed
		? `<span class="indicator-pill orange">${__("{0} values changed since the drawing", [changed])}</span>`
		: `<span class="indicator-pill green">${__("Unchanged since the drawing")}</span>`;
	const link = frappe.utils.get_form_link(frm.doc.reference_doctype, frm.doc.reference_name);
	return `<div class="mb-2"><a href="${link}" target="_blank">${title}</a> ${marks}</div>
		<div style="max-height: 420px; overflow: auto; margin-bottom: 10px; border-bottom: 1px solid var(--border-color)"><table class="table table-sm table-bordered mb-0">${rows.join("")}</table></div>
		${originals_html(found)}`;
}

function originals_html(found) {
	const escape = frappe.utils.escape_html;
	const head = `${__("Originals")}: ${found.originals.length}`;
	if (!found.originals.length) return `<p><b>${head}</b></p>`;
	const items = found.originals.map(
		(file) => `<li><a href="${encodeURI(file.file_url)}" target="_blank">${escape(file.file_name)}</a>
			<span class="text-muted">${__(file.where)}</span></li>`
	);
	return `<p class="mb-1"><b>${head}</b></p><ul>${items.join("")}</ul>`;
}
