// Steps of a workflow that need something: asked in a dialog, sent with the action in one request, since Frappe drops what
// was typed when it applies an action. The server's part is aftersales.field_service.steps.
frappe.provide("aftersales.steps");

/**
 * Give a form dialogs for its actions; call it in the form's `setup`.
 *
 * @param {string} doctype
 * @param {Object<string, function(object): object[]>} fields_of action -> function of the form that returns the dialog's fields
 */
aftersales.steps.ask_for = function (doctype, fields_of) {
	frappe.ui.form.on(doctype, {
		before_workflow_action(frm) {
			const action = frm.selected_workflow_action;
			const fields = fields_of[action] ? fields_of[action](frm) : [];
			if (!fields.length) return undefined;
			frappe.dom.unfreeze();
			aftersales.steps.ask(frm, action, fields);
			// The dialog goes on from here; Frappe's own request must not follow.
			return new Promise(() => {});
		},
	});
};

aftersales.steps.ask = function (frm, action, fields) {
	const dialog = new frappe.ui.Dialog({
		title: __(action),
		fields,
		primary_action_label: __(action),
		primary_action(values) {
			dialog.disable_primary_action();
			frappe
				.xcall("aftersales.field_service.steps.act", {
					doctype: frm.doctype,
					name: frm.doc.name,
					action,
					values,
				})
				.then(() => {
					dialog.hide();
					return frm.reload_doc();
				})
				.catch(() => {})
				.finally(() => dialog.enable_primary_action());
		},
	});
	dialog.show();
};

// Frappe shows the states of all workflows in the list's state filter; these are the DocType's own.
aftersales.steps.own_states = function (listview) {
	const filter = listview.page.fields_dict.status;
	const workflow = frappe.workflow.workflows[listview.doctype];
	if (filter && workflow) {
		const states = workflow.states.map((row) => row.state);
		filter.get_query = () => ({ filters: { name: ["in", states] } });
	}
};
