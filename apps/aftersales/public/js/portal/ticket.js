// Answering a ticket's customer from the Desk: the answer is shown in the customer portal, and sent by e-mail.
frappe.ui.form.on("Service Ticket", {
	refresh(frm) {
		if (frm.is_new() || !frm.perm[0]?.write) return;
		frm.add_custom_button(__("Reply to Customer"), () => reply_to_customer(frm));
	},
});

function reply_to_customer(frm) {
	const dialog = new frappe.ui.Dialog({
		title: __("Reply to Customer"),
		fields: [
			{
				fieldname: "text",
				fieldtype: "Small Text",
				label: __("Message"),
				reqd: 1,
				description: __("The customer sees it in the portal and gets it by e-mail. Comments stay internal."),
			},
		],
		primary_action_label: __("Send"),
		primary_action({ text }) {
			dialog.disable_primary_action();
			return frappe
				.xcall("aftersales.portal.agent.reply_to_customer", { ticket: frm.doc.name, text })
				.then(({ mailed_to }) => {
					dialog.hide();
					frappe.show_alert({
						message: mailed_to.length
							? __("Sent to {0}.", [mailed_to.map(frappe.utils.escape_html).join(", ")])
							: __("Shown in the portal. No mail was sent: this site has no outgoing e-mail account."),
						indicator: mailed_to.length ? "green" : "orange",
					});
					return frm.reload_doc();
				})
				.finally(() => dialog.enable_primary_action());
		},
	});
	dialog.show();
}
