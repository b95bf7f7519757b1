// A caller leaves a message for somebody (S7.46).
export function leave_message(call) {
	const dialog = new frappe.ui.Dialog({
		title: __("Message of {0}", [
			frappe.utils.escape_html(call.name || call.number_display || __("Unknown Caller")),
		]),
		fields: [
			{ fieldname: "message", fieldtype: "Small Text", label: __("Message", null, "Caller Message"), reqd: 1 },
			{ fieldname: "section", fieldtype: "Section Break" },
			{
				fieldname: "for_user",
				fieldtype: "Link",
				options: "User",
				label: __("For"),
				default: call.card.account_owner_user,
				get_query: () => ({ filters: { enabled: 1, user_type: "System User" } }),
			},
			{ fieldname: "call_back", fieldtype: "Check", label: __("Wants to Be Called Back") },
			{ fieldname: "column", fieldtype: "Column Break" },
			{
				fieldname: "for_group",
				fieldtype: "Link",
				options: "Agent Group",
				label: __("For the Group"),
				get_query: () => ({ filters: { disabled: 0 } }),
			},
			{ fieldname: "urgent", fieldtype: "Check", label: __("Urgent") },
		],
		primary_action_label: __("Save"),
		async primary_action(values) {
			const doc = { doctype: "Caller Message", service_call: call.call, ...values };
			const saved = await frappe.xcall("frappe.client.insert", { doc });
			dialog.hide();
			frappe.show_alert({
				message: __("Message for {0} saved", [
					frappe.utils.escape_html(saved.for_user_name || saved.for_user || saved.for_group),
				]),
				indicator: "green",
			});
		},
	});
	dialog.show();
	return dialog;
}
