frappe.provide("aftersales.knowledge");

const REASONS = ["Wrong", "Out of Date", "Hard to Understand", "Does Not Fit My Case", "Something Is Missing", "Other"];

/**
 * Say whether an answer helped; who says that it did not is asked why.
 * @param {string} faq name of the FAQ
 * @param {boolean} helpful
 * @param {string|null} [ticket] Service Ticket at which it was used
 */
export function give_feedback(faq, helpful, ticket = null) {
	if (helpful) return send({ faq, helpful: 1, ticket });
	const dialog = new frappe.ui.Dialog({
		title: __("What is wrong with this answer?"),
		fields: [
			{
				fieldname: "reason",
				fieldtype: "Select",
				label: __("Reason"),
				reqd: 1,
				options: REASONS.map((value) => ({ value, label: __(value) })),
			},
			{
				fieldname: "comment",
				fieldtype: "Small Text",
				label: __("Comment"),
				description: __("What should it say? Those who look after the answers read it."),
			},
		],
		primary_action_label: __("Send"),
		primary_action({ reason, comment }) {
			dialog.hide();
			send({ faq, helpful: 0, reason, comment, ticket });
		},
	});
	dialog.show();
}

async function send(values) {
	await frappe.xcall("aftersales.knowledge.feedback.give_feedback", values);
	frappe.show_alert({ message: __("Thank you. Your feedback was kept."), indicator: "green" });
}

aftersales.knowledge.give_feedback = give_feedback;
