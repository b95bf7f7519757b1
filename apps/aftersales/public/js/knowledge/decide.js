frappe.provide("aftersales.knowledge");

/**
 * For `before_workflow_action`: ask for the fields that a step needs and take the step with them, in one request.
 * @param {object} frm
 * @param {string[]} fields names of fields; the form's values are offered
 * @returns {Promise} one that stays open: the dialog goes on from here, Frappe's own request must not follow
 */
aftersales.knowledge.ask_and_decide = function (frm, fields) {
	const action = frm.selected_workflow_action;
	// Frappe has frozen the page already; the dialog needs it back.
	frappe.dom.unfreeze();
	const dialog = new frappe.ui.Dialog({
		title: __(action),
		fields: fields.map((fieldname) => dialog_field(frm, fieldname)),
		primary_action_label: __(action),
		async primary_action(values) {
			dialog.disable_primary_action();
			try {
				await frappe.xcall("aftersales.knowledge.decisions.decide", {
					...{ doctype: frm.doctype, name: frm.doc.name, action, values },
				});
				dialog.hide();
				await frm.reload_doc();
			} catch {
				// Frappe has shown why; what was filled in stays.
			} finally {
				dialog.enable_primary_action();
			}
		},
	});
	dialog.show();
	return new Promise(() => {});
};

function dialog_field(frm, fieldname) {
	const { fieldtype, label, options, description } = frm.get_docfield(fieldname);
	return {
		...{ fieldname, fieldtype, options, reqd: 1, default: frm.doc[fieldname] },
		label: __(label),
		description: __(description),
	};
}
