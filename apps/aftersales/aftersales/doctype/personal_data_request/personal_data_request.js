frappe.ui.form.on("Personal Data Request", {
	refresh(frm) {
		frm.disable_save();
		if (frm.doc.kind === "Export" && frm.doc.status === "Done") {
			const [file] = frm.get_docinfo().attachments || [];
			if (file) {
				frm.add_custom_button(__("Download"), () => window.open(file.file_url)).addClass(
					"btn-primary"
				);
			}
		}
		if (frm.doc.status !== "Done") {
			frm.add_custom_button(__("Run Again"), () =>
				frappe
					.xcall("aftersales.aftersales.personal_data.requests.run_again", {
						request: frm.doc.name,
					})
					.then(() => frm.reload_doc())
			);
		}
	},
});
