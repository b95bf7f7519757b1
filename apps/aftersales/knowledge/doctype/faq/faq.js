frappe.ui.form.on("FAQ", {
	setup(frm) {
		frm.set_query("product", () => ({
			filters: {
				disabled: 0,
				...(frm.doc.product_category && {
					product_category: ["descendants of (inclusive)", frm.doc.product_category],
				}),
			},
		}));
	},

	refresh(frm) {
		if (frm.doc.rejection_reason) {
			frm.set_intro(
				__("Rejected: {0}", [frappe.utils.escape_html(frm.doc.rejection_reason)]),
				"orange"
			);
		}
		if (frm.doc.used_count) {
			frm.add_custom_button(__("Tickets Using It"), () =>
				frappe.set_route("List", "Service Ticket", {
					"Ticket Handling Entry.faq": frm.doc.name,
				})
			);
		}
	},

	product(frm) {
		if (frm.doc.product && !frm.doc.product_category) {
			frappe.db
				.get_value("Product", frm.doc.product, "product_category")
				.then(({ message }) => frm.set_value("product_category", message.product_category));
		}
	},

	async before_workflow_action(frm) {
		if (frm.selected_workflow_action !== "Reject") return;
		// Frappe has frozen the page already; the question below needs it back.
		frappe.dom.unfreeze();
		const reason = await ask_for_reason();
		await frm.set_value("rejection_reason", reason);
		await frm.save();
		frappe.dom.freeze();
	},
});

/**
 * Ask why an entry is rejected. A reviewer who changes their mind closes the dialog: then the promise stays open, and
 * with it the workflow action, which Frappe has no other way to call off without an error.
 */
function ask_for_reason() {
	return new Promise((resolve) => {
		const dialog = new frappe.ui.Dialog({
			title: __("Reject"),
			fields: [
				{
					fieldname: "reason",
					fieldtype: "Small Text",
					label: __("Reason for Rejection"),
					description: __("The author reads it and can correct the entry."),
					reqd: 1,
				},
			],
			primary_action_label: __("Reject"),
			primary_action({ reason }) {
				resolve(reason);
				dialog.hide();
			},
		});
		dialog.show();
	});
}
