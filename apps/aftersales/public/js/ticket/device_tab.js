import { ReadingTab } from "./reading_tab";

const esc = (text) => frappe.utils.escape_html(String(text ?? ""));
const WARRANTY = { "In Warranty": "green", "Out of Warranty": "red", Unknown: "gray" };

/** The ticket's device: its warranty, and earlier tickets and orders of it (S12.06). Hidden for tickets without one. */
export class DeviceTab extends ReadingTab {
	make() {
		this.button.hidden = true;
	}

	set_content(device) {
		const count = device.rows.length;
		this.set_count(count ? `${count}${device.more ? "+" : ""}` : "");
		const { state, reason } = device.warranty;
		const facts = [device.product_name, device.customer_name].filter(Boolean).map(esc).join(" · ");
		this.body.innerHTML = `<div class="as-related-row">
				<span class="as-related-head">
					<a href="${frappe.utils.get_form_link("Customer Device", device.name)}"><strong>${esc(device.serial_no)}</strong></a>
					<span class="indicator-pill ${WARRANTY[state]} no-indicator-dot">${__(state)}</span>
				</span>
				<span class="as-related-facts">${facts}</span>
				<span class="as-related-question">${esc(reason)}</span>
			</div>
			${
				count
					? `<ul class="as-related">${device.rows.map(history_row).join("")}</ul>`
					: `<p class="as-context-empty">${__("No earlier record of this device.")}</p>`
			}`;
	}
}

function history_row(row) {
	return `<li><a href="${frappe.utils.get_form_link(row.doctype, row.name)}" class="as-related-row">
		<span class="as-related-head">
			<strong>${esc(row.name)}</strong>
			<span class="indicator-pill ${row.colour} no-indicator-dot">${esc(__(row.status))}</span>
		</span>
		<span class="as-related-facts">${esc(__(row.doctype))} · ${esc(frappe.datetime.str_to_user(row.date.slice(0, 10)))}</span>
		<span class="as-related-question">${esc(row.about)}</span>
	</a></li>`;
}
