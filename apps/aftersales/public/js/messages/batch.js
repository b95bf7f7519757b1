// "Send Message" in the list of customers: to those who are ticked, with a count of who gets it and who does not.
frappe.provide("aftersales.messages");

const METHODS = "aftersales.telephony.message_batches";

aftersales.messages.send_to_many = function (customers) {
	const dialog = new frappe.ui.Dialog({
		title: __("Message to {0} Customers", [customers.length]),
		fields: [
			{
				fieldname: "template",
				fieldtype: "Link",
				options: "Message Template",
				label: __("Message Template"),
				reqd: 1,
				get_query: () => ({ filters: { disabled: 0, document_type: ["in", ["", "Service Customer"]] } }),
				onchange: () => choose_template(dialog, customers),
			},
			{ fieldtype: "Column Break" },
			{
				fieldname: "channel",
				fieldtype: "Select",
				label: __("Channel"),
				options: [
					{ value: "", label: __("As the customer prefers") },
					...["SMS", "E-mail", "Fax"].map((value) => ({ value, label: __(value) })),
				],
				onchange: () => show(dialog, customers),
			},
			{ fieldtype: "Section Break" },
			{
				fieldname: "text",
				fieldtype: "Small Text",
				label: __("Own Words"),
				hidden: 1,
				onchange: () => show(dialog, customers),
			},
			{ fieldtype: "Section Break", label: __("Preview") },
			{ fieldname: "preview", fieldtype: "HTML" },
		],
		primary_action_label: __("Send"),
		primary_action: () => send(dialog, customers),
	});
	dialog.show();
	dialog.disable_primary_action();
};

function choose_template(dialog, customers) {
	const template = dialog.get_value("template");
	if (!template) return;
	frappe.db.get_value("Message Template", template, "ask_for_text").then(({ message }) => {
		dialog.set_df_property("text", "hidden", message.ask_for_text ? 0 : 1);
		show(dialog, customers);
	});
}

function values_of(dialog, customers) {
	const { template, channel, text } = dialog.get_values(true) || {};
	return { template, channel: channel || null, text, customers: JSON.stringify(customers) };
}

function show(dialog, customers) {
	const values = values_of(dialog, customers);
	const key = JSON.stringify(values);
	if (!values.template || dialog.shown === key) return;
	if (!dialog.get_field("text").df.hidden && !(values.text || "").trim()) return;
	dialog.shown = key;
	dialog.disable_primary_action();
	frappe
		.xcall(`${METHODS}.preview`, values)
		.then((found) => {
			if (dialog.shown !== key) return;
			preview(dialog, found);
			if (found.count) dialog.enable_primary_action();
		})
		.catch(() => {
			if (dialog.shown === key) dialog.fields_dict.preview.$wrapper.empty();
		});
}

function preview(dialog, found) {
	const place = dialog.fields_dict.preview.$wrapper.empty();
	$("<p>").append($("<b>").text(__("{0} messages will be sent.", [found.count]))).appendTo(place);
	for (const [reason, number] of Object.entries(found.left_out)) {
		$("<p class='text-muted small'>").text(`${number} × ${reason}`).appendTo(place);
	}
	for (const sample of found.samples) {
		$("<div class='border rounded p-2 mb-2'>")
			.append(
				$("<div class='text-muted small'>").text(
					`${sample.customer_name} · ${__(sample.channel)} · ${sample.recipient}`
				),
				$("<div>")
					.css({ "white-space": "pre-wrap", "overflow-wrap": "anywhere" })
					.text(sample.body)
			)
			.appendTo(place);
	}
}

function send(dialog, customers) {
	dialog.disable_primary_action();
	frappe
		.xcall(`${METHODS}.send`, values_of(dialog, customers))
		.then((batch) => {
			dialog.hide();
			frappe.set_route("Form", "Message Batch", batch);
		})
		.catch(() => dialog.enable_primary_action());
}
