import { failure, skeleton } from "./panel_parts";

const esc = (text) => frappe.utils.escape_html(String(text ?? ""));

/** Service orders of the ticket and of its customer (S2.06, S2.16). Hidden where there are none. */
export class OrdersTab {
	/**
	 * @param {object} panel the ContextPanel
	 * @param {object} options label and shortcut
	 */
	constructor(panel, options) {
		Object.assign(this, { panel, ...options });
	}

	make() {
		this.button.hidden = true;
	}

	/** Nothing here is typed, so there is nothing to keep or to forget. */
	follow() {}

	focus() {
		(this.body.querySelector("a") || this.button).focus();
	}

	show_loading() {
		this.set_count("");
		this.body.innerHTML = skeleton(3);
	}

	show_failure(retry) {
		failure(this.body, retry);
	}

	set_content({ rows, more }) {
		this.set_count(`${rows.length}${more ? "+" : ""}`);
		this.body.innerHTML = `<ul class="as-related">${rows.map(order_row).join("")}</ul>`;
	}

	set_count(text) {
		this.button.querySelector(".as-context-count").textContent = text;
	}
}

function order_row(row) {
	const facts = [
		__(row.kind),
		row.product_name,
		row.outlet,
		frappe.datetime.str_to_user(row.date),
		row.of_ticket && __("Of this ticket"),
	];
	return `<li><a href="${frappe.utils.get_form_link("Service Order", row.name)}" class="as-related-row">
		<span class="as-related-head">
			<strong>${esc(row.name)}</strong>
			<span class="indicator-pill ${row.colour} no-indicator-dot">${esc(__(row.status))}</span>
		</span>
		<span class="as-related-facts">${facts.filter(Boolean).map(esc).join(" · ")}</span>
		<span class="as-related-question">${esc(row.about)}</span>
	</a></li>`;
}
