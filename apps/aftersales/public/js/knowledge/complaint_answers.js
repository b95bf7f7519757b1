import { FaqTab } from "../ticket/faq_tab";

// While a complaint is handled, its result can be written; the server says to whom (S7.41).
const OPEN = ["Registration", "Review", "Handling"];

frappe.ui.form.on("Customer Complaint", {
	refresh(frm) {
		if (!frappe.model.can_read("FAQ")) return;
		frm.add_custom_button(__("Find Answer"), () => find_answer(frm));
	},
});

/** Search the knowledge base for a better way to respond; answers about complaints come first. */
function find_answer(frm) {
	const dialog = new frappe.ui.Dialog({ title: __("Find Answer"), size: "large" });
	const as_ticket = () => ({
		...frm.doc,
		question: frm.doc.reason || frm.doc.customer_request,
		handling: frm.doc.result,
		doctype: "Customer Complaint",
	});
	const panel = {
		get_doc: as_ticket,
		can_copy: () => Boolean(frm.perm?.[0]?.write && OPEN.includes(frm.doc.stage || OPEN[0])),
		on_copy: (hit) => copy_into_result(frm, hit),
	};
	const tab = new FaqTab(panel, { kind: "Complaint", source: "Complaint" });
	tab.body = $(`<div class="as-context as-context-dialog is-open">`).appendTo(dialog.body).get(0);
	tab.make();
	tab.follow(as_ticket(), false);
	dialog.show();
	tab.search();
}

/** Append the answer to the result, once; the handler goes on from there. */
function copy_into_result(frm, hit) {
	const before = frm.doc.result || "";
	if (before.includes(hit.answer_text)) return null;
	frm.set_value("result", [before.trim(), hit.answer_text].filter(Boolean).join("\n\n"));
	return { undo: () => frm.set_value("result", before) };
}
