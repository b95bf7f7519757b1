const WARRANTY = { "In Warranty": "green", "Out of Warranty": "red", Unknown: "gray" };

frappe.listview_settings["Customer Device"] = {
	add_fields: ["warranty_state"],
	formatters: {
		warranty_state: (value) =>
			value ? `<span class="indicator-pill ${WARRANTY[value]} no-indicator-dot">${__(value)}</span>` : "",
	},
	onload(list) {
		list.page.add_actions_menu_item(__("Print Labels"), () =>
			aftersales.devices.print_labels(list.get_checked_items(true))
		);
	},
};
