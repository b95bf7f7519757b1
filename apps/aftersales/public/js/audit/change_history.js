// "Change History" in the menu of each of the app's forms that keeps versions: the printable report of this record.
$(document).on("form-refresh", (event, frm) => {
	const app = frappe.boot.module_app && frappe.boot.module_app[frappe.scrub(frm.meta.module)];
	if (app !== "aftersales" || !frm.meta.track_changes || frm.is_new() || frm.meta.issingle) return;
	frm.page.add_menu_item(__("Change History"), () => {
		frappe.set_route("query-report", "Change History", { kind: frm.doctype, record: frm.doc.name });
	});
});
