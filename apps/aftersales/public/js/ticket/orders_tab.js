import { ReadingTab } from "./reading_tab";

const esc = (text) => frappe.utils.escape_html(String(text ?? ""));

/** Service orders of the ticket and of its customer (S2.06, S2.16). Hidden where there are none. */
export class OrdersTab extends ReadingTab {
	make() {
		this.button.hidden = true;
	}

	set_content({ rows, more }) {
		this.set_count(`${rows.length}${more ? "+" : ""}`);
		this.body.innerHTML = `<ul class="as-related">${rows.map(order_row).join("")}</ul>`;
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
