const PICK_UP_LISTS = [
	[() => __("Here"), [["stage", "=", "Here"]]],
	[() => __("At the Factory"), [["stage", "=", "Factory"]]],
	[() => __("To Be Picked Up"), [["stage", "=", "Ready"]]],
	[
		() => __("Promised and Late"),
		() => [
			["stage", "in", ["Here", "Factory"]],
			["promised_at", "<", frappe.datetime.now_datetime()],
			["promised_at", "is", "set"],
		],
	],
	[() => __("Picked Up Today"), () => [["picked_up_on", ">=", `${frappe.datetime.get_today()} 00:00:00`]]],
];

frappe.listview_settings["Customer Goods Receipt"] = {
	add_fields: ["stage"],

	onload(listview) {
		aftersales.steps.own_states(listview);
		if (frappe.model.can_create("Customer Goods Receipt")) {
			listview.page.add_inner_button(__("Counter Intake"), () => frappe.set_route("counter-intake"));
		}
		for (const [label, filters] of PICK_UP_LISTS) {
			listview.page.add_inner_button(label(), () => show(listview, filters), __("Pick-up Lists"));
		}
		if (frappe.model.can_create("Factory Return")) {
			listview.page.add_actions_menu_item(
				__("Factory Return"),
				() => aftersales.goods.to_factory(listview.get_checked_items(true)),
				false
			);
		}
	},
};

function show(listview, filters) {
	const rows = typeof filters === "function" ? filters() : filters;
	listview.filter_area
		.clear(false)
		.then(() => listview.filter_area.add(rows.map((row) => [listview.doctype, ...row])));
}
