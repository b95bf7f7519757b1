const REQUESTS = "aftersales.spare_parts.part_requests.";
const DRAFT = "aftersales-part-request";

frappe.pages["part-request"].on_page_load = (wrapper) => {
	const page = frappe.ui.make_app_page({ parent: wrapper, title: __("Request Parts"), single_column: true });
	wrapper.part_request = new PartRequest(page);
};
frappe.pages["part-request"].on_page_show = (wrapper) => wrapper.part_request.start();

/** One screen for one hand: find parts, count them, send. What was chosen stays on the device until it is sent. */
class PartRequest {
	constructor(page) {
		this.page = page;
		this.chosen = this.read_draft();
		this.$main = $(`<div class="part-request">
			<p class="text-muted part-request-from"></p>
			<input type="search" class="form-control part-request-search" autocomplete="off"
				aria-label="${__("Find Parts")}" placeholder="${__("Number, name or bar code")}">
			<ul class="list-unstyled part-request-found" aria-live="polite"></ul>
			<h5 class="part-request-heading">${__("Your Request")}</h5>
			<ul class="list-unstyled part-request-chosen"></ul>
			<input type="text" class="form-control part-request-remarks" maxlength="140"
				aria-label="${__("Remarks")}" placeholder="${__("Remarks")}">
			<button class="btn btn-primary btn-lg btn-block part-request-send"></button>
			<h5 class="part-request-heading">${__("Latest Requests")}</h5>
			<ul class="list-unstyled part-request-latest"></ul>
		</div>`).appendTo(page.main);
		this.$main.find(".part-request-search").on("input", frappe.utils.debounce(() => this.find(), 250));
		this.$main.on("click", "[data-add]", (event) => this.add(event.currentTarget.dataset));
		this.$main.on("click", "[data-step]", (event) => this.step(event.currentTarget.dataset));
		this.$main.find(".part-request-send").on("click", () => this.send());
		this.show_chosen();
	}

	async start() {
		const begun = await frappe.xcall(`${REQUESTS}start`);
		this.service_order = frappe.route_options?.service_order || this.service_order;
		frappe.route_options = null;
		const from = begun.source ? __("From {0}", [begun.source]) : __("No store is known for you.");
		this.$main
			.find(".part-request-from")
			.text([begun.technician_name, from, this.service_order].filter(Boolean).join(" · "));
		this.show_latest(begun.requests);
		this.find();
	}

	async find() {
		const text = this.$main.find(".part-request-search").val();
		const rows = await frappe.xcall(`${REQUESTS}find`, { text });
		if (text !== this.$main.find(".part-request-search").val()) return;
		const empty = text ? __("No part is like that.") : __("The store has nothing. Search for any part.");
		this.$main
			.find(".part-request-found")
			.html(rows.map((row) => this.found_html(row)).join("") || `<li class="text-muted">${empty}</li>`);
	}

	found_html(row) {
		const text = frappe.utils.escape_html;
		const there = row.free ? __("{0} in store", [row.free]) : __("not in store");
		const own = row.own ? ` · ${__("you have {0}", [row.own])}` : "";
		return `<li class="part-request-row">
			<div><b>${text(row.spare_part)}</b> ${text(row.part_name || "")}
				<div class="small text-muted">${text(row.specification || "")}
					<span class="${row.free ? "" : "text-danger"}">${there}</span>${own}</div></div>
			<button class="btn btn-default" data-add="${text(row.spare_part)}" data-name="${text(row.part_name || "")}"
				aria-label="${__("Add {0}", [text(row.spare_part)])}">+</button>
		</li>`;
	}

	add({ add, name }) {
		const line = this.chosen.items.find((one) => one.spare_part === add);
		if (line) line.qty += 1;
		else this.chosen.items.push({ spare_part: add, part_name: name, qty: 1 });
		this.show_chosen();
	}

	step({ part, step }) {
		const line = this.chosen.items.find((one) => one.spare_part === part);
		line.qty += Number(step);
		this.chosen.items = this.chosen.items.filter((one) => one.qty > 0);
		this.show_chosen();
	}

	show_chosen() {
		const text = frappe.utils.escape_html;
		const rows = this.chosen.items.map(
			(line) => `<li class="part-request-row">
				<div><b>${text(line.spare_part)}</b> ${text(line.part_name || "")}</div>
				<div class="part-request-count">
					<button class="btn btn-default" data-part="${text(line.spare_part)}" data-step="-1"
						aria-label="${__("One less")}">−</button>
					<b>${line.qty}</b>
					<button class="btn btn-default" data-part="${text(line.spare_part)}" data-step="1"
						aria-label="${__("One more")}">+</button>
				</div></li>`,
		);
		this.$main
			.find(".part-request-chosen")
			.html(rows.join("") || `<li class="text-muted">${__("Nothing yet: add parts with +.")}</li>`);
		const count = this.chosen.items.reduce((sum, line) => sum + line.qty, 0);
		this.$main
			.find(".part-request-send")
			.prop("disabled", !count)
			.text(count ? __("Request {0} Pieces", [count]) : __("Send Request"));
		this.keep_draft();
	}

	async send() {
		const button = this.$main.find(".part-request-send").prop("disabled", true);
		try {
			const done = await frappe.xcall(`${REQUESTS}send`, {
				items: this.chosen.items.map(({ spare_part, qty }) => ({ spare_part, qty })),
				request_key: this.chosen.key,
				service_order: this.service_order,
				remarks: this.$main.find(".part-request-remarks").val(),
			});
			this.chosen = this.new_draft();
			this.service_order = null;
			this.$main.find("input").val("");
			this.show_chosen();
			frappe.show_alert({ message: __("Request {0} is sent.", [done.order]), indicator: "green" });
			await this.start();
		} finally {
			button.prop("disabled", !this.chosen.items.length);
		}
	}

	show_latest(requests) {
		const rows = requests.map(
			(row) => `<li class="part-request-row">
				<a href="/app/part-order/${encodeURIComponent(row.name)}">${frappe.utils.escape_html(row.name)}</a>
				<span>${frappe.datetime.str_to_user(row.order_date)} · ${__(row.status)}
				${row.open_qty ? ` · ${__("{0} not delivered", [row.open_qty])}` : ""}</span></li>`,
		);
		this.$main
			.find(".part-request-latest")
			.html(rows.join("") || `<li class="text-muted">${__("None yet.")}</li>`);
	}

	new_draft() {
		return { key: frappe.utils.get_random(20), items: [] };
	}

	read_draft() {
		try {
			const kept = JSON.parse(localStorage.getItem(`${DRAFT}-${frappe.session.user}`));
			return kept?.items ? kept : this.new_draft();
		} catch {
			return this.new_draft();
		}
	}

	keep_draft() {
		try {
			localStorage.setItem(`${DRAFT}-${frappe.session.user}`, JSON.stringify(this.chosen));
		} catch {
			// a browser that keeps nothing: the request is on the screen all the same
		}
	}
}
