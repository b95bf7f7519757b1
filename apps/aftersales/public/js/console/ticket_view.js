import { customer_card, doc_link, esc, fact, multiline, phone_link, pill } from "./html";

/**
 * A Service Ticket in the middle column.
 * @param {object} ticket answer of console.get_record
 * @param {object} desk what the page can do
 * @returns {{title: string, marks: string, body: string, actions: object[]}}
 */
export function ticket_view(ticket, desk) {
	return {
		title: doc_link("Service Ticket", ticket.name),
		marks: marks(ticket),
		body: [who(ticket), product(ticket), question(ticket), log(ticket)].join(""),
		actions: actions(ticket, desk),
	};
}

function marks(ticket) {
	const urgent = { High: "orange", Critical: "red" }[ticket.urgency];
	return [
		ticket.status ? pill(__(ticket.status), ticket.indicator, true) : "",
		ticket.record_type ? pill(__(ticket.record_type), "gray") : "",
		urgent ? pill(__(ticket.urgency), urgent) : "",
	].join("");
}

function who(ticket) {
	if (ticket.customer_card) return customer_card(ticket.customer_card);
	const name = [ticket.customer_name, ticket.organisation].filter(Boolean).map(esc).join(" · ");
	return `<div class="as-customer">
		<div class="as-customer-name">${
			name || `<span class="text-muted">${__("No customer yet")}</span>`
		}</div>
		<dl class="as-facts">
			${fact(__("Phone"), phone_link(ticket.contact_phone))}
			${fact(__("E-mail"), esc(ticket.email))}
		</dl>
	</div>`;
}

function product(ticket) {
	const code = ticket.product
		? `${doc_link("Product", ticket.product)} ${esc(ticket.product_name || "")}`
		: esc(ticket.product_name);
	// the customer's own number is on the card; another one, from which this was reported, belongs here
	const other_phone =
		ticket.customer_card && ticket.contact_phone !== ticket.customer_card.phone;
	return `<dl class="as-facts as-ticket-facts">
		${fact(__("Product"), code)}
		${fact(__("Lot No."), esc(ticket.lot_no))}
		${fact(__("Product Remarks"), multiline(ticket.product_remarks))}
		${fact(__("Contact Phone"), other_phone ? phone_link(ticket.contact_phone) : "")}
		${fact(__("Created"), frappe.datetime.comment_when(ticket.creation))}
		${fact(__("Person in Charge"), esc(ticket.person_in_charge_name))}
		${fact(
			__("Completion Date"),
			ticket.completion_date ? frappe.datetime.str_to_user(ticket.completion_date) : ""
		)}
		${fact(__("Follow-up Confirmation"), multiline(ticket.follow_up_confirmation))}
	</dl>`;
}

function question(ticket) {
	const text = ticket.question
		? multiline(ticket.question)
		: `<span class="text-muted">${__(
				"No question written yet. Open the full form to add it."
		  )}</span>`;
	return `<section class="as-block"><h5>${__(
		"Question"
	)}</h5><div class="as-question">${text}</div></section>`;
}

function log(ticket) {
	const summary = ticket.handling
		? `<div class="as-entry as-entry-summary">${multiline(ticket.handling)}</div>`
		: "";
	const earlier = ticket.log_earlier
		? `<p class="text-muted">${__("{0} earlier entries are in the full form.", [
				ticket.log_earlier,
		  ])}</p>`
		: "";
	const entries = ticket.log.map(entry_html).join("");
	const empty =
		!entries && !summary
			? `<p class="text-muted">${__(
					"Nothing has been noted yet. Write the first step below."
			  )}</p>`
			: "";
	return `<section class="as-block"><h5>${__("Handling")}</h5>
		${summary}${earlier}<div class="as-log" role="log">${entries}</div>${empty}</section>`;
}

function entry_html(entry) {
	return `<article class="as-entry">
		<header class="text-muted"><b>${esc(entry.user_name)}</b>
			${frappe.datetime.comment_when(entry.entry_time)} ${doc_link("FAQ", entry.faq)}</header>
		<div>${multiline(entry.entry)}</div>
	</article>`;
}

function actions(ticket, desk) {
	const next = ticket.actions.find((step) => step.forward);
	const steps = ticket.actions.map((step, index) => ({
		id: `workflow-${step.action}`,
		label: __(step.action),
		shortcut: index < 9 ? `Shift+${index + 1}` : "",
		primary: step === next,
		workflow: step.action,
	}));
	return [
		...steps,
		{
			id: "form",
			label: __("Full Form"),
			shortcut: "O",
			run: () => frappe.set_route("Form", "Service Ticket", ticket.name),
		},
		{
			id: "customer",
			label: __("Customer"),
			shortcut: "C",
			hidden: !ticket.customer_card,
			run: () => desk.open({ doctype: "Service Customer", name: ticket.customer }),
		},
	];
}
