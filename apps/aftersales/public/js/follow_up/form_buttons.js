// On every form on which a survey is offered: a link for the customer. On every slip about a customer: plan a follow-up.
$(document).on("form-refresh", (_event, frm) => {
	if (!frm || !frm.doc || frm.is_new() || frm.meta.istable) return;
	const offered = (frappe.boot.aftersales_surveys || {})[frm.doctype];
	if (offered && offered.length && frappe.model.can_read("Survey Link")) {
		frm.add_custom_button(__("Survey Link"), () => choose(frm, offered), __("Follow-up"));
		if (frm.doctype !== "Follow-up" && frappe.model.can_create("Follow-up")) {
			frm.add_custom_button(__("Plan Follow-up"), () => plan(frm), __("Follow-up"));
		}
	}
});

function plan(frm) {
	const own = frm.doctype === "Service Customer";
	frappe.new_doc("Follow-up", {
		customer: own ? frm.doc.name : frm.doc.customer,
		source_doctype: own ? null : frm.doctype,
		source_name: own ? null : frm.doc.name,
		customer_name: frm.doc.customer_name,
		phone: frm.doc.contact_phone || frm.doc.phone,
	});
}

function choose(frm, offered) {
	if (offered.length === 1) return show_link(frm, offered[0]);
	frappe.prompt(
		{
			fieldname: "template",
			fieldtype: "Select",
			label: __("Survey Template"),
			options: offered.map((name) => ({ value: name, label: __(name) })),
			default: offered[0],
			reqd: 1,
		},
		({ template }) => show_link(frm, template),
		__("Survey Link")
	);
}

function show_link(frm, template) {
	const of = { doctype: frm.doctype, name: frm.doc.name, template };
	frappe.xcall("aftersales.aftersales.surveys.link_for", of).then((link) => {
		const dialog = new frappe.ui.Dialog({
			title: __("Survey Link"),
			fields: [
				{ fieldname: "qr", fieldtype: "HTML", options: qr_html(link) },
				{ fieldname: "url", fieldtype: "Data", label: __("Link"), default: link.url, read_only: 1 },
				{
					fieldname: "recipient",
					fieldtype: "Data",
					options: "Email",
					label: __("Send by E-mail to"),
					default: link.email,
					description: link.preferred_channel
						? __("The customer prefers: {0}", [__(link.preferred_channel)])
						: "",
				},
			],
			primary_action_label: __("Copy Link"),
			primary_action: () => frappe.utils.copy_to_clipboard(link.url),
			secondary_action_label: __("Send E-mail"),
			secondary_action: () => send(dialog, of),
		});
		dialog.show();
	});
}

function qr_html(link) {
	const until = frappe.datetime.str_to_user(link.expires_on);
	return `<div class="text-center as-survey-qr">${link.qr}
		<p class="text-muted">${__("Works once, until {0}", [until])}</p></div>`;
}

function send(dialog, of) {
	const recipient = dialog.get_value("recipient");
	if (!recipient) {
		frappe.show_alert({ message: __("Enter an e-mail address."), indicator: "orange" });
		return;
	}
	frappe.xcall("aftersales.aftersales.surveys.send_link", { ...of, recipient }).then(() => {
		dialog.hide();
		frappe.show_alert({ message: __("The survey was sent."), indicator: "green" });
	});
}
