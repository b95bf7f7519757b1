import { customer_card, doc_link, esc, fact, phone_link, pill } from "./html";

const STATES = { Ringing: "green", Answered: "blue", Missed: "red", Unknown: "orange" };

/**
 * A Service Call in the middle column: the caller's file, and what can be made of the call.
 * @param {object} record answer of console.get_record; `record.call` is the pop-up's message with its card
 * @param {object} desk what the page can do
 */
export function call_view(record, desk) {
	const { call } = record;
	return {
		title: esc(call.number_display || call.number || __("Number withheld")),
		marks:
			pill(__(call.state), STATES[call.state] || "gray", true) +
			pill(call.line_title || __("No Line"), "gray"),
		body: [caller(call), candidates(call), tickets(call), earlier(call), times(call)].join(""),
		actions: actions(record, desk),
	};
}

function caller({ match, card, name }) {
	if (match === "hidden") return note(__("You may not see who calls."));
	if (match === "sure" && card.doctype === "Service Customer") {
		return (
			customer_card({
				...card,
				name: card.docname,
				customer_name: card.name,
				individual_needs: "",
				dealer: card.dealer,
			}) + person(card)
		);
	}
	if (match === "sure") {
		return `<div class="as-customer"><div class="as-customer-name">
			${doc_link(card.doctype, card.docname, card.name)} ${pill(
			__(card.doctype),
			"gray"
		)}</div></div>${person(card)}`;
	}
	if (match === "withheld")
		return note(__("The number is withheld. Ask the caller, then search with /."));
	if (match === "maybe") return "";
	return note(
		name
			? __("{0} is not known here yet. Make a ticket or a new customer.", [
					`<b>${esc(name)}</b>`,
			  ])
			: __("The caller is not known here yet. Make a ticket or a new customer.")
	);
}

const note = (html) => `<p class="text-muted">${html}</p>`;

const person = (card) =>
	card.person
		? `<dl class="as-facts as-ticket-facts">${fact(__("Contact"), esc(card.person))}</dl>`
		: "";

function candidates({ match, card }) {
	if (match !== "maybe") return "";
	const rows = (card.candidates || []).map(
		(row) => `<button type="button" class="as-match" data-action="is-${esc(row.docname)}"
			title="${__("This is the caller")}">${esc(row.name)}
			<span class="text-muted">${esc(row.docname)}</span> ${pill(
			row.exact ? __("Same number") : __("Similar number"),
			row.exact ? "blue" : "gray"
		)}</button>`
	);
	return `<section class="as-block"><h5>${__("It may be one of these. Ask, then choose.")}</h5>
		<div class="as-matches">${rows.join("") || note(__("You may not see them."))}</div></section>`;
}

function tickets({ card }) {
	const rows = (card.tickets || []).map(
		(row) => `<div class="as-line">
			<a href="/app/service-console/ticket/${encodeURIComponent(row.name)}">${esc(row.name)}</a>
			${pill(__(row.status), row.indicator, true)}
			<span class="ellipsis">${esc(
				[__(row.record_type), row.product_name, row.question].filter(Boolean).join(" · ")
			)}</span>
		</div>`
	);
	return rows.length
		? `<section class="as-block"><h5>${__("Tickets")}</h5>${rows.join("")}</section>`
		: "";
}

function earlier({ card }) {
	const rows = (card.calls || []).map(
		(row) => `<div class="as-line">
			<a href="/app/service-console/call/${encodeURIComponent(row.name)}">${frappe.datetime.comment_when(
			row.started_at
		)}</a>
			${pill(__(row.state), STATES[row.state] || "gray")}
			<span class="text-muted ellipsis">${esc(row.agent_name || "")}</span>
		</div>`
	);
	return rows.length
		? `<section class="as-block"><h5>${__("Earlier Calls")}</h5>${rows.join("")}</section>`
		: "";
}

function times(call) {
	return `<dl class="as-facts as-ticket-facts">
		${fact(__("Phone"), phone_link(call.number, call.number_display))}
		${fact(__("Called At"), frappe.datetime.comment_when(call.started_at))}
		${fact(__("Agent"), esc(call.agent_name || ""))}
		${fact(__("Address"), esc(call.card.address || ""))}
	</dl>`;
}

function actions(record, desk) {
	const { call } = record;
	const customer = call.card.doctype === "Service Customer" ? call.card.docname : null;
	return [
		{
			id: "new-ticket",
			label: __("New Ticket"),
			shortcut: "N",
			primary: true,
			hidden: !desk.can_create_ticket(),
			run: () => desk.new_ticket_from_call(call),
		},
		{
			id: "take",
			label: record.may_return ? __("I Call Back") : __("Take Call"),
			shortcut: "T",
			hidden: !record.may_take && !record.may_return,
			run: () =>
				record.may_return ? desk.return_call(call.call) : desk.take_call(call.call),
		},
		{
			id: "finish",
			label: __("End Call"),
			shortcut: "D",
			hidden: !record.may_finish,
			run: () => desk.finish_call(call.call),
		},
		{
			id: "customer",
			label: __("Customer"),
			shortcut: "C",
			hidden: !customer,
			run: () => desk.open({ doctype: "Service Customer", name: customer }),
		},
		{
			id: "new-customer",
			label: __("New Customer"),
			shortcut: "Shift+C",
			hidden: Boolean(customer) || !desk.can_create_customer(),
			run: () => desk.new_customer_from_call(call),
		},
		{
			id: "form",
			label: __("Full Form"),
			shortcut: "O",
			run: () => frappe.set_route("Form", "Service Call", call.call),
		},
		...(call.card.candidates || [])
			.filter((row) => row.doctype === "Service Customer")
			.map((row) => ({
				id: `is-${row.docname}`,
				label: row.name,
				in_body: true,
				run: () => desk.link_customer(call.call, row.docname),
			})),
	];
}
