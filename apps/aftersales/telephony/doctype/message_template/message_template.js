frappe.ui.form.on("Message Template", {
	setup(frm) {
		frm.set_query("kind", () => ({ filters: { disabled: 0 } }));
	},
	refresh: (frm) => show_variables(frm),
	document_type: (frm) => show_variables(frm),
});

function show_variables(frm) {
	frappe
		.xcall("aftersales.telephony.doctype.message_template.message_template.variables_for", {
			document_type: frm.doc.document_type || null,
		})
		.then((names) => {
			const place = frm.get_field("variables_html").$wrapper.empty();
			for (const name of names) {
				$("<code class='mr-2 mb-1 d-inline-block'>").text(`{{ ${name} }}`).appendTo(place);
			}
		});
}
