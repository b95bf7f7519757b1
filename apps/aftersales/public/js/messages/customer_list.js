// Beside what the list of customers has: a message to those who are ticked.
{
	const settings = (frappe.listview_settings["Service Customer"] =
		frappe.listview_settings["Service Customer"] || {});
	const former = settings.onload;
	settings.onload = function (listview) {
		former?.call(settings, listview);
		if (!frappe.model.can_create("Message Batch")) return;
		listview.page.add_actions_menu_item(
			__("Send Message"),
			() => aftersales.messages.send_to_many(listview.get_checked_items(true)),
			true
		);
	};
}
