// Cards that count by a method of their own name the list of what they count. Frappe 15 opens it on a click, 15.0.0-dev
// does not; there this does.
frappe.provide("aftersales.figures");

aftersales.figures.open_card = async (name) => {
	const card = locals["Number Card"]?.[name];
	if (card?.type !== "Custom" || !card.method.startsWith("aftersales.")) return;
	const answer = await frappe.xcall(card.method, { filters: JSON.parse(card.filters_json || "{}") });
	if (!answer?.route) return;
	frappe.route_options = answer.route_options;
	frappe.set_route(answer.route);
};

$(document).on("click", ".number-widget-box .widget-body", (event) => {
	const card = $(event.currentTarget);
	const name =
		card.closest("[number_card_name]").attr("number_card_name") ||
		card.closest(".widget").attr("data-widget-name");
	// Frappe's own handler sits on the card itself and came first.
	const on_the_way = Object.keys(frappe.route_options || {}).length;
	if (name && !on_the_way) aftersales.figures.open_card(name);
});
