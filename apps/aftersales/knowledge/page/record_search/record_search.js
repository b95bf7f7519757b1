frappe.pages["record-search"].on_page_load = function (wrapper) {
	const page = frappe.ui.make_app_page({
		parent: wrapper,
		title: __("Search Records"),
		single_column: true,
	});
	wrapper.record_search = new RecordSearch(page);
};

frappe.pages["record-search"].on_page_show = function (wrapper) {
	wrapper.record_search.show();
};

const WAIT_WHILE_TYPING = 200;
const FEW = 5;
const MANY = 20;

/** Tickets, customers, products and FAQs in one search; the address keeps what was searched, so Back works. */
class RecordSearch {
	constructor(page) {
		this.page = page;
		this.requests = 0;
		this.start = 0;
		this.collection = "";
		this.misses = new aftersales.knowledge.Misses("Search");
		this.make();
	}

	make() {
		this.page.main.addClass("frappe-card").html(`<div class="as-records">
			<div class="as-records-form" role="search">
				<input type="search" class="form-control as-records-text" maxlength="400" autocomplete="off"
					aria-label="${__("Search Records")}"
					placeholder="${__("Words, names, numbers or codes, in Chinese or English")}">
				<div class="as-records-filters"></div>
			</div>
			<nav class="as-records-tabs" aria-label="${__("Kind of Record")}"></nav>
			<div class="as-records-results" aria-live="polite"></div>
		</div>`);
		const $el = this.page.main;
		this.input = $el.find(".as-records-text").get(0);
		this.$tabs = $el.find(".as-records-tabs");
		this.$results = $el.find(".as-records-results");
		this.category = this.make_link("product_category", "Product Category", __("Product Category"));
		this.product = this.make_link("product", "Product", __("Code"));
		this.input.addEventListener("input", () => this.search_soon());
		this.input.addEventListener("keydown", (event) => {
			if (event.key !== "Enter" || event.isComposing) return;
			this.restart();
		});
		this.$tabs.on("click", "[data-collection]", (event) => {
			this.collection = event.currentTarget.dataset.collection;
			this.restart();
		});
		this.$results.on("click", "[data-more]", () => {
			this.start += MANY;
			this.search(true);
		});
	}

	make_link(fieldname, options, label) {
		const control = frappe.ui.form.make_control({
			parent: this.page.main.find(".as-records-filters"),
			only_input: true,
			render_input: true,
			df: {
				fieldtype: "Link",
				fieldname,
				options,
				placeholder: label,
				only_select: 1,
				ignore_link_validation: 1,
				change: () => {
					const value = control.get_input_value() || "";
					if (value !== (control.known || "")) {
						control.known = value;
						this.restart();
					}
				},
			},
		});
		control.$input.attr("aria-label", label);
		return control;
	}

	show() {
		const { text, collection } = frappe.route_options || frappe.utils.get_query_params();
		frappe.route_options = null;
		if (text !== undefined && text !== this.input.value) {
			this.input.value = text;
			this.collection = collection || "";
			this.restart();
		} else if (!this.input.value) {
			this.say(__("Type what the customer says, a name, a number or a product code."));
		}
		this.input.focus();
	}

	search_soon() {
		clearTimeout(this.timer);
		this.timer = setTimeout(() => this.restart(), WAIT_WHILE_TYPING);
	}

	restart() {
		clearTimeout(this.timer);
		this.start = 0;
		this.search(false);
	}

	async search(adds) {
		const request = ++this.requests;
		this.misses.clear();
		const text = this.input.value.trim();
		if (!text) {
			this.$tabs.empty();
			this.say(__("Type what the customer says, a name, a number or a product code."));
			return;
		}
		try {
			const found = await frappe.xcall("aftersales.knowledge.search_all.search_records", {
				text,
				collection: this.collection,
				product: this.product.get_input_value() || "",
				product_category: this.category.get_input_value() || "",
				limit: this.collection ? MANY : FEW,
				start: this.start,
			});
			if (request !== this.requests) return;
			this.render(found, adds);
			this.remember(text);
		} catch {
			if (request === this.requests) {
				this.say(__("The search did not answer. Check the connection and type again."));
			}
		}
	}

	/** The address names the search without an entry in the history for each letter. */
	remember(text) {
		const query = new URLSearchParams({ text, ...(this.collection && { collection: this.collection }) });
		history.replaceState(history.state, "", `${location.pathname}?${query}`);
	}

	render({ groups }, adds) {
		if (!adds && !this.collection) this.render_tabs(groups);
		this.$tabs.find("[data-collection]").each((_, tab) => {
			tab.setAttribute("aria-current", tab.dataset.collection === this.collection);
		});
		if (!groups.length) {
			if (!adds) this.nothing();
			return;
		}
		const note = groups.every((group) => group.complete)
			? ""
			: `<p class="text-muted">${__(
					"The search index is being built; only the newest entries are searched until it is ready."
			  )}</p>`;
		const html = note + groups.map((group) => this.group(group)).join("");
		this.$results.find("[data-more]").remove();
		if (adds) this.$results.append(html);
		else this.$results.html(html);
	}

	render_tabs(groups) {
		const tab = (collection, label, total) => `<button type="button" class="btn btn-default btn-sm"
			data-collection="${frappe.utils.escape_html(collection)}">${frappe.utils.escape_html(label)}
			<span class="text-muted">${total}</span></button>`;
		const total = groups.reduce((sum, group) => sum + group.total, 0);
		this.$tabs.html(
			tab("", __("All"), total) +
				groups.map((group) => tab(group.collection, group.label, group.total)).join("")
		);
	}

	group(group) {
		const heading = this.start
			? ""
			: `<h5 class="as-records-group">${frappe.utils.escape_html(group.label)}
				<span class="text-muted">${group.total}</span></h5>`;
		const shown = this.start + group.hits.length;
		const more =
			this.collection && shown < group.total
				? `<button type="button" class="btn btn-default btn-sm" data-more>${__("Show More")}</button>`
				: "";
		return heading + group.hits.map((hit) => this.hit(hit)).join("") + more;
	}

	/** The server has escaped everything in the HTML of a hit. */
	hit(hit) {
		const pill = hit.indicator
			? `<span class="indicator-pill ${hit.indicator[1]} no-indicator-dot">${frappe.utils.escape_html(
					hit.indicator[0]
			  )}</span>`
			: "";
		const href = `/app/${frappe.router.slug(hit.doctype)}/${encodeURIComponent(hit.name)}`;
		return `<article class="as-record">
			<a class="as-record-title" href="${href}">${hit.title_html}</a> ${pill}
			<div class="as-record-facts text-muted">${hit.facts_html}</div>
			<div class="as-record-text">${hit.text_html}</div>
		</article>`;
	}

	nothing() {
		this.say(__("Nothing found. Try fewer or other words, or a symptom instead of a sentence."));
		this.misses.note_later(this.input.value);
	}

	say(text) {
		this.$results.html(`<p class="as-records-note text-muted">${text}</p>`);
	}
}
