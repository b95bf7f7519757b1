// "Send Message" on a customer, ticket, complaint or follow-up: template, channel, recipient, and what will be sent.
frappe.provide("aftersales.messages");

const METHODS = "aftersales.telephony.message_api";
const DOCTYPES = ["Service Customer", "Service Ticket", "Customer Complaint", "Follow-up"];

for (const doctype of DOCTYPES) {
	frappe.ui.form.on(doctype, {
		refresh(frm) {
			if (!frm.is_new() && frappe.model.can_create("Outgoing Message")) {
				frm.add_custom_button(__("Send Message"), () => aftersales.messages.send(frm));
			}
		},
	});
}

aftersales.messages.send = async function (frm) {
	const options = await frappe.xcall(`${METHODS}.options`, {
		doctype: frm.doctype,
		name: frm.docname,
	});
	if (!options.templates.length) {
		frappe.msgprint(__("No Message Template is offered here."));
		return;
	}
	const dialog = new frappe.ui.Dialog({
		title: __("Send Message"),
		fields: [
			{
				fieldname: "template",
				fieldtype: "Autocomplete",
				label: __("Message Template"),
				reqd: 1,
				options: options.templates.map((row) => ({ value: row.name, label: row.label })),
				onchange: () => choose_template(dialog, options),
			},
			{
				fieldname: "text",
				fieldtype: "Small Text",
				label: __("Own Words"),
				hidden: 1,
				onchange: () => show(dialog, frm),
			},
			{ fieldtype: "Column Break" },
			{
				fieldname: "channel",
				fieldtype: "Select",
				label: __("Channel"),
				onchange: () => choose_channel(dialog, options, frm),
			},
			{
				fieldname: "recipient",
				fieldtype: "Select",
				label: __("Recipient"),
				onchange: () => show(dialog, frm),
			},
			{ fieldtype: "Section Break", label: __("Preview") },
			{ fieldname: "preview", fieldtype: "HTML" },
		],
		primary_action_label: __("Send"),
		primary_action: () => send(dialog, frm),
	});
	dialog.frm = frm;
	dialog.show();
	dialog.disable_primary_action();
};

function choose_template(dialog, options) {
	const chosen = options.templates.find((row) => row.name === dialog.get_value("template"));
	// Choosing in the list and leaving the field both report the same change.
	if (chosen && chosen === dialog.template) return;
	dialog.template = chosen;
	dialog.shown = null;
	dialog.fields_dict.preview.$wrapper.empty();
	dialog.disable_primary_action();
	if (!chosen) return;
	dialog.set_df_property("text", "hidden", chosen.ask_for_text ? 0 : 1);
	dialog.set_df_property("text", "reqd", chosen.ask_for_text ? 1 : 0);
	const allowed = chosen.channel === "Any" ? Object.keys(options.addresses) : [chosen.channel];
	const channels = allowed.filter((channel) => options.addresses[channel].length);
	dialog.set_df_property(
		"channel",
		"options",
		channels.map((channel) => ({ value: channel, label: __(channel) }))
	);
	if (!channels.length) {
		tell(dialog, __("No number or address of the customer is known for this template."));
		dialog.set_df_property("recipient", "options", []);
		return;
	}
	dialog.set_value("channel", channels[0]).then(() => choose_channel(dialog, options, dialog.frm));
}

function choose_channel(dialog, options, frm) {
	const addresses = options.addresses[dialog.get_value("channel")] || [];
	if (addresses.includes(dialog.get_value("recipient"))) {
		show(dialog, frm);
		return;
	}
	dialog.set_df_property("recipient", "options", addresses);
	dialog.set_value("recipient", addresses[0]).then(() => show(dialog, frm));
}

function values_of(dialog, frm) {
	const { template, channel, recipient, text } = dialog.get_values(true) || {};
	return { doctype: frm.doctype, name: frm.docname, template, channel, recipient, text };
}

// Asked once for the same values, however many fields report a change.
function show(dialog, frm) {
	const values = values_of(dialog, frm);
	const key = JSON.stringify(values);
	if (!values.template || !values.recipient || dialog.shown === key) return;
	if (!dialog.get_field("text").df.hidden && !(values.text || "").trim()) return;
	dialog.shown = key;
	dialog.disable_primary_action();
	frappe
		.call({ method: `${METHODS}.preview`, args: values, type: "GET", silent: true })
		.then(({ message }) => {
			if (dialog.shown !== key) return;
			preview(dialog, message);
			dialog.enable_primary_action();
		})
		.catch((answer) => {
			if (dialog.shown === key) tell(dialog, reason_of(answer));
		});
}

// What the server said, shown in the dialog rather than over it.
function reason_of(answer) {
	const told = JSON.parse(answer?.responseJSON?._server_messages || "[]");
	return told.length
		? frappe.utils.html2text(JSON.parse(told.at(-1)).message || "")
		: __("The preview could not be made.");
}

function preview(dialog, message) {
	const place = dialog.fields_dict.preview.$wrapper.empty();
	if (message.state === "Suppressed") {
		$("<p class='text-danger'>").text(message.error).appendTo(place);
	} else if (message.held_until) {
		const at = frappe.datetime.str_to_user(message.held_until);
		$("<p class='text-muted'>")
			.text(__("Leaves at {0}, after the quiet hours.", [at]))
			.appendTo(place);
	}
	if (message.subject) $("<p>").append($("<b>").text(message.subject)).appendTo(place);
	$("<p class='message-text'>")
		.css({ "white-space": "pre-wrap", "overflow-wrap": "anywhere" })
		.text(message.body)
		.appendTo(place);
	if (message.channel === "SMS") {
		$("<p class='text-muted small'>")
			.text(__("{0} characters", [[...message.body].length]))
			.appendTo(place);
	}
}

function tell(dialog, text) {
	$("<p class='text-danger'>").text(text).appendTo(dialog.fields_dict.preview.$wrapper.empty());
}

function send(dialog, frm) {
	dialog.disable_primary_action();
	frappe
		.xcall(`${METHODS}.send`, values_of(dialog, frm))
		.then((sent) => {
			dialog.hide();
			frappe.show_alert(
				sent.state === "Suppressed"
					? { message: __("The recipient wants no such messages."), indicator: "orange" }
					: { message: __("The message is on its way."), indicator: "green" }
			);
			frm.reload_doc();
		})
		.catch(() => dialog.enable_primary_action());
}
