import { customer_card, doc_link } from "./html";

/**
 * A Service Customer in the middle column: the card, and a ticket one key away. The customer's tickets stand
 * in the context on the right.
 */
export function customer_view(customer, desk) {
	return {
		title: doc_link("Service Customer", customer.name, customer.customer_name),
		body: customer_card(customer),
		actions: [
			{
				id: "new-ticket",
				label: __("New Ticket"),
				shortcut: "N",
				primary: true,
				hidden: !desk.can_create_ticket(),
				run: () => desk.new_ticket(),
			},
			{
				id: "form",
				label: __("Full Form"),
				shortcut: "O",
				run: () => frappe.set_route("Form", "Service Customer", customer.name),
			},
		],
	};
}
