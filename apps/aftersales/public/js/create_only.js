/**
 * Entries that are made once and stay as they are give people the right to create, not to write. Frappe then shows the form of a
 * new document read-only and without Save, while the server would take it. The form of a new document can be filled in here; the
 * stored one stays read-only.
 */
$(document).on("form-refresh", (event, frm) => {
	const ours = frappe.boot.module_app[frappe.model.scrub(frm.meta.module)] === "aftersales";
	if (!ours || frm.meta.in_create || !frm.is_new() || !frm.perm[0].create || frm.perm[0].write) return;
	// The rights of the DocType are shared by all forms: a copy.
	frm.perm = frm.perm.map((rights, level) => (level ? rights : { ...rights, write: 1 }));
	frm.toolbar.refresh();
});
