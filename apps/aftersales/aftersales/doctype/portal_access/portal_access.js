// Who may see what in the customer portal.
frappe.ui.form.on("Portal Access", {
	refresh(frm) {
		if (frm.is_new() || !frm.doc.enabled || !frm.perm[0]?.write) return;
		frm.add_custom_button(__("Invite Again"), () =>
			frm.call("invite_again").then(({ message }) => {
				frappe.show_alert(
					message
						? { message: __("The invitation is on its way."), indicator: "green" }
						: { message: __("No mail was sent: this site has no outgoing e-mail account."), indicator: "orange" }
				);
				frm.reload_doc();
			})
		);
	},
});
