import { esc, pill } from "../console/html";

const TIMELINE = "aftersales.aftersales.customer_file.timeline";

/** The merged history, newest first, fifty entries at a time. */
export class Timeline {
	/**
	 * @param {HTMLElement} place
	 * @param {string} customer
	 * @param {{kind: string, label: string}[]} kinds what the user may see, in their language
	 */
	constructor(place, customer, kinds) {
		this.customer = customer;
		this.labels = Object.fromEntries(kinds.map((row) => [row.kind, row.label]));
		this.kinds = [];
		place.innerHTML = `
			<div class="as-file-bar"><h3>${__("History")}</h3>
				<select class="form-control input-xs" aria-label="${__("Show")}">
					<option value="">${__("Everything")}</option>
					${kinds.map((row) => `<option value="${esc(row.kind)}">${esc(row.label)}</option>`).join("")}
				</select></div>
			<div class="as-entries"></div>
			<button class="btn btn-default btn-sm as-more" hidden>${__("Load More")}</button>`;
		this.list = place.querySelector(".as-entries");
		this.more = place.querySelector(".as-more");
		this.filter = place.querySelector("select");
		this.filter.addEventListener("change", () =>
			this.show_only(this.filter.value ? [this.filter.value] : [])
		);
		this.more.addEventListener("click", () => this.load());
	}

	show_only(kinds) {
		this.kinds = kinds;
		this.filter.value = kinds[0] || "";
		this.cursor = null;
		return this.load({ anew: true });
	}

	async load({ anew = false } = {}) {
		const asked = (this.asked = {});
		this.more.disabled = true;
		const page = await frappe.xcall(TIMELINE, {
			customer: this.customer,
			kinds: this.kinds,
			cursor: this.cursor || null,
		});
		if (asked !== this.asked) return; // the filter was changed meanwhile
		if (anew) this.list.innerHTML = "";
		this.cursor = page.next;
		this.list.insertAdjacentHTML(
			"beforeend",
			page.entries.map((entry) => this.entry_html(entry)).join("")
		);
		if (!this.list.children.length) {
			this.list.innerHTML = `<p class="text-muted">${__("No records yet.")}</p>`;
		}
		this.more.disabled = false;
		this.more.hidden = !page.next;
	}

	entry_html(entry) {
		const note = entry.kind === "Comment";
		const href = note
			? `/app/service-customer/${encodeURIComponent(this.customer)}`
			: `/app/${frappe.router.slug(entry.kind)}/${encodeURIComponent(entry.name)}`;
		const facts = [note ? "" : entry.name, ...entry.facts].filter(Boolean).map(esc).join(" · ");
		return `<a class="as-entry" href="${href}">
			<time datetime="${esc(entry.when)}" class="text-muted">${esc(
			frappe.datetime.str_to_user(entry.when)
		)}</time>
			<span class="as-entry-kind">${esc(this.labels[entry.kind] || entry.kind)}</span>
			${entry.state ? pill(entry.state.label, entry.state.colour) : ""}
			<span class="as-entry-title">${esc(entry.title)}</span>
			<span class="as-entry-facts text-muted">${facts}</span></a>`;
	}
}
