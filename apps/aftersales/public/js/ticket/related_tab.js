import { ReadingTab } from "./reading_tab";

const esc = (text) => frappe.utils.escape_html(String(text ?? ""));

/**
 * Earlier tickets of the same product or the same customer (S1.34, S1.35).
 *
 * Its options: label, shortcut, field of the ticket that is shared, title(row), and the texts for a ticket without that
 * field (missing) and without earlier records (empty).
 */
export class RelatedTab extends ReadingTab {
	set_content({ rows, more }, doc) {
		this.set_count(rows.length ? `${rows.length}${more ? "+" : ""}` : "");
		if (!rows.length) {
			const is_known = doc[this.field] || (this.field === "customer" && doc.contact_phone);
			this.body.innerHTML = `<p class="as-context-empty">${is_known ? this.empty : this.missing}</p>`;
			return;
		}
		this.body.innerHTML = `<ul class="as-related">${rows.map((row) => this.row(row)).join("")}</ul>`;
		if (more && doc[this.field]) this.add_all_link(doc);
	}

	row(row) {
		const [label, colour] = state_of(row);
		const facts = [__(row.record_type), this.title(row), frappe.datetime.str_to_user(row.creation_date)];
		return `<li><a href="/app/service-ticket/${encodeURIComponent(row.name)}" class="as-related-row">
			<span class="as-related-head">
				<strong>${esc(row.name)}</strong>
				<span class="indicator-pill ${colour} no-indicator-dot">${esc(label)}</span>
			</span>
			<span class="as-related-facts">${facts.filter(Boolean).map(esc).join(" · ")}</span>
			<span class="as-related-question">${esc(row.question)}</span>
		</a></li>`;
	}

	add_all_link(doc) {
		$(`<button type="button" class="btn btn-xs btn-default as-related-all">${__("Show All")}</button>`)
			.appendTo(this.body)
			.on("click", () =>
				frappe.set_route("List", "Service Ticket", { [this.field]: doc[this.field] })
			);
	}
}

/** Label and colour of a ticket's state, as its workflow has them. */
function state_of(row) {
	const indicator = frappe.get_indicator({ ...row, doctype: "Service Ticket", docstatus: 0 });
	return [__(row.status), indicator?.[1] || "gray"];
}
