frappe.ui.form.on("Survey Template", {
	setup(frm) {
		frm.set_query("document_type", "documents", () => ({ filters: { istable: 0, issingle: 0 } }));
		frm.set_query("complaint_type", () => ({ filters: { disabled: 0 } }));
	},

	refresh(frm) {
		if (frm.is_new()) return;
		frm.add_custom_button(__("Try as Customer"), () => {
			const lang = (frappe.boot.lang || "en").split("-")[0];
			window.open(`/survey?preview=${encodeURIComponent(frm.doc.name)}&lang=${lang}`, "_blank");
		});
		frm.add_custom_button(__("Responses"), () =>
			frappe.set_route("List", "Survey Response", { survey_template: frm.doc.name })
		);
		frm.add_custom_button(__("Results"), () =>
			frappe.set_route("query-report", "Survey Results", { survey_template: frm.doc.name })
		);
	},
});
