import { customer_card, doc_link, esc, fact, multiline, phone_link, pill } from "./html";

/**
 * A Follow-up in the middle column: whom to call, about what. The talk itself is taken down in the form, which has the
 * survey beside the result.
 */
export function follow_up_view(follow_up, desk) {
	return {
		title: doc_link("Follow-up", follow_up.name, follow_up.customer_name || follow_up.name),
		marks: pill(__(follow_up.status), follow_up.indicator, true),
		body: body_html(follow_up),
		actions: [
			{
				id: "form",
				label: __("Follow Up"),
				shortcut: "O",
				primary: true,
				run: () => frappe.set_route("Form", "Follow-up", follow_up.name),
			},
			{
				id: "customer",
				label: __("Customer"),
				shortcut: "C",
				hidden: !follow_up.customer_card,
				run: () => desk.open({ doctype: "Service Customer", name: follow_up.customer }),
			},
		],
	};
}

function body_html(follow_up) {
	const card = follow_up.customer_card
		? customer_card(follow_up.customer_card)
		: `<dl class="as-facts">${fact(__("Phone"), phone_link(follow_up.phone))}</dl>`;
	return `${card}<dl class="as-facts">
		${fact(__("Due Date"), esc(frappe.datetime.str_to_user(follow_up.due_date)))}
		${fact(__("Reason"), multiline(follow_up.reason))}
		${fact(__("Purpose"), follow_up.purpose ? esc(__(follow_up.purpose)) : "")}
		${fact(__("Attempts"), follow_up.attempt_count ? esc(follow_up.attempt_count) : "")}
	</dl>${source_html(follow_up.source)}`;
}

function source_html(source) {
	if (!source) return "";
	const texts = source.texts.map((row) => fact(esc(row.label), multiline(row.value)));
	const facts = source.facts.map((row) => fact(esc(row.label), esc(row.value)));
	return `<h5>${esc(source.title)}</h5><dl class="as-facts">${facts.join("")}${texts.join("")}</dl>`;
}
