const WORK = "aftersales.aftersales.work.assignments";
// Actions by which work is given back; they ask for the reason.
const GIVE_BACK = ["Return", "Send Back"];

frappe.ui.form.on("Work Assignment", {
	setup(frm) {
		frm.set_query("assignee", () => ({ query: `${WORK}.people_query` }));
		frm.set_query("reference_doctype", () => ({ filters: { istable: 0, issingle: 0 } }));
	},

	refresh(frm) {
		if (frm.is_new()) return;
		const mine = frm.doc.assignee === frappe.session.user;
		if (mine && ["To Do", "In Progress"].includes(frm.doc.stage)) {
			frm.add_custom_button(__("Delegate a Part"), () => delegate(frm));
		}
		frm.set_df_property("notes", "cannot_delete_rows", 1);
		if (frm.doc.stage === "Closed") frm.set_read_only();
	},

	// Frappe freezes the page before this and unfreezes it when the action is over.
	before_workflow_action(frm) {
		if (!GIVE_BACK.includes(frm.selected_workflow_action)) return;
		frappe.dom.unfreeze();
		return ask_reason(frm).then(() => frappe.dom.freeze());
	},
});

function ask_reason(frm) {
	return new Promise((resolve) => {
		frappe.prompt(
			{
				fieldname: "reason",
				fieldtype: "Small Text",
				label: __("Reason of Return"),
				reqd: 1,
				default: frm.doc.return_reason,
			},
			({ reason }) =>
				frm
					.set_value("return_reason", reason)
					.then(() => frm.save())
					.then(resolve),
			__(frm.selected_workflow_action)
		);
	});
}

function delegate(frm) {
	const dialog = new frappe.ui.Dialog({
		title: __("Delegate a Part"),
		fields: [
			{
				fieldname: "assignee",
				fieldtype: "Link",
				options: "User",
				label: __("Assigned To"),
				reqd: 1,
				get_query: () => ({ query: `${WORK}.people_query`, filters: { but_me: 1 } }),
			},
			{ fieldname: "subject", fieldtype: "Data", label: __("Subject"), default: frm.doc.subject },
			{ fieldname: "due_on", fieldtype: "Datetime", label: __("Due"), default: frm.doc.due_on },
		],
		primary_action_label: __("Delegate"),
		primary_action(values) {
			return frappe
				.xcall(`${WORK}.delegate`, { assignment: frm.doc.name, ...values })
				.then((name) => {
					dialog.hide();
					frm.reload_doc();
					frappe.show_alert({
						message: __("Delegated as {0}", [
							frappe.utils.get_form_link("Work Assignment", name, true),
						]),
						indicator: "green",
					});
				});
		},
	});
	dialog.show();
}
