import { give_feedback } from "../knowledge/feedback";
import { Misses } from "../knowledge/misses";
import { failure, shortcut_text, skeleton } from "./panel_parts";

const esc = (text) => frappe.utils.escape_html(String(text ?? ""));
const WAIT_WHILE_TYPING = 150;
const LIMIT = 10;
// Which answers come first beside which tickets (S7.40, S7.41).
const KINDS = { Repair: "Fault", Installation: "Fault", Complaint: "Complaint" };
const KEYWORD_LENGTH = 80;
const AUDIENCE_COLOURS = { Internal: "orange", Dealers: "blue", Customers: "green", Public: "green" };

/** Find FAQ (S1.33): product category, code and keywords; the answer copies into the handling with one click. */
export class FaqTab {
	constructor(panel, options) {
		Object.assign(this, { panel, ...options });
		this.requests = 0;
		this.touched = {};
		this.misses = new Misses(this.source || "Ticket");
	}

	make() {
		this.body.innerHTML = `
			<div class="as-faq-form">
				<input type="search" class="form-control input-sm as-faq-text" autocomplete="off" maxlength="400"
					aria-label="${__("Keywords")}" placeholder="${__("Keywords, fault or code")}"
					title="${__("Keywords")} (${shortcut_text("alt+k")})">
				<div class="as-faq-filters"></div>
			</div>
			<div class="as-faq-results" aria-live="polite"></div>`;
		this.input = this.body.querySelector(".as-faq-text");
		this.results = this.body.querySelector(".as-faq-results");
		this.category = this.make_link("product_category", "Product Category", __("Product Category"));
		this.product = this.make_link("product", "Product", __("Code"));
		this.input.addEventListener("input", () => {
			this.touched.text = true;
			this.search_soon();
		});
		this.body.addEventListener("keydown", (event) => this.on_key(event));
		this.results.addEventListener("click", (event) => this.on_click(event));
		this.show_loading();
	}

	make_link(fieldname, options, label) {
		const control = frappe.ui.form.make_control({
			parent: $(this.body.querySelector(".as-faq-filters")),
			only_input: true,
			render_input: true,
			df: {
				fieldtype: "Link",
				fieldname,
				options,
				placeholder: label,
				only_select: 1,
				// The value comes from the ticket or from the list; asking the server again would cost a request.
				ignore_link_validation: 1,
				change: () => this.on_filter(fieldname, control),
			},
		});
		control.$input.attr({ "aria-label": label, title: label }).addClass("input-sm");
		return control;
	}

	/** Take over what the ticket says, except what the agent has changed here for this ticket. */
	follow(doc, is_same) {
		if (!is_same) this.touched = {};
		if (!this.touched.text) this.input.value = one_line(doc.question).slice(0, KEYWORD_LENGTH);
		if (!this.touched.product) this.put(this.product, doc.product);
		if (!this.touched.product_category) this.put(this.category, doc.product_category);
	}

	put(control, value) {
		control.known = control.value = control.last_value = value || "";
		control.set_input(control.known);
	}

	on_filter(fieldname, control) {
		const value = control.get_input_value() || "";
		if (value === (control.known || "")) return;
		control.known = value;
		this.touched[fieldname] = true;
		this.search_soon();
	}

	/** What a request has to say; empty texts stand for nothing chosen. */
	typed(prefix = "") {
		return {
			text: this.input.value,
			[`${prefix}product`]: this.product.get_input_value() || "",
			[`${prefix}product_category`]: this.category.get_input_value() || "",
			[`${prefix}kind`]: this.kind || KINDS[this.panel.get_doc()?.record_type] || "",
		};
	}

	focus() {
		this.input.focus();
		this.input.select();
	}

	search_soon() {
		clearTimeout(this.timer);
		this.timer = setTimeout(() => this.search(), WAIT_WHILE_TYPING);
	}

	async search() {
		const request = ++this.requests;
		// A quick answer replaces the old hits at once; the bars come only if it takes longer.
		const slow = setTimeout(() => request === this.requests && this.show_loading(), 300);
		try {
			const found = await frappe.xcall("aftersales.knowledge.panel.find_faqs", {
				...this.typed(),
				limit: LIMIT,
			});
			if (request === this.requests) this.show_hits(found);
		} catch {
			if (request === this.requests) this.show_failure(() => this.search());
		} finally {
			clearTimeout(slow);
		}
	}

	show_loading() {
		this.results.innerHTML = skeleton(3);
	}

	show_failure(retry) {
		failure(this.results, retry);
	}

	set_content(found) {
		this.requests++;
		this.show_hits(found);
	}

	show_hits({ hits, complete }) {
		this.hits = hits;
		this.note_miss_later(hits);
		const note = complete ? "" : `<p class="as-context-note">${__(
			"The search index is being built; only the newest entries are searched until it is ready."
		)}</p>`;
		this.results.innerHTML = note + (hits.length ? this.list() : this.nothing());
		this.results.scrollTop = 0;
		if (hits.length) this.expand(0, true);
		if (!hits.length) this.offer_new_entry();
	}

	/** Text that the ticket brought says nothing about what is missing. */
	note_miss_later(hits) {
		if (hits.length || !this.touched.text) this.misses.clear();
		else this.misses.note_later(this.input.value);
	}

	list() {
		const first = this.hits[0].scope;
		let scope = first;
		const parts = this.hits.map((hit, index) => {
			const heading = hit.scope !== scope || (index === 0 && first !== this.asked_scope());
			scope = hit.scope;
			return (heading ? `<h6 class="as-faq-scope">${scope_text(hit.scope)}</h6>` : "") + this.hit(hit, index);
		});
		return parts.join("");
	}

	/** The narrowest scope that the fields ask for. */
	asked_scope() {
		const { product, product_category } = this.typed();
		return product ? "product" : product_category ? "category" : "all";
	}

	hit(hit, index) {
		const facts = [__(hit.category), hit.product, hit.used_count ? __("used {0} times", [hit.used_count]) : ""];
		const state = hit.published ? "" : pill(__(hit.status), "gray");
		return `<article class="as-faq" data-index="${index}">
			<h5><button type="button" class="as-faq-head" aria-expanded="false">
				${hit.question_html}
			</button></h5>
			<div class="as-faq-facts">${facts.filter(Boolean).map(esc).join(" · ")} ${state}</div>
			<div class="as-faq-snippet">${hit.snippet}</div>
			<div class="as-faq-answer" hidden></div>
		</article>`;
	}

	/** The answer, its pictures and what can be done with it; made when it is opened first. */
	answer(hit) {
		const pictures = hit.pictures.map(
			(picture, i) => `<button type="button" class="as-faq-picture" data-picture="${i}"
				title="${esc(picture.caption || __("Picture"))}">
				<img src="${esc(picture.image)}" alt="${esc(picture.caption || "")}" loading="lazy"></button>`
		);
		return `<div class="as-faq-actions">
				<button type="button" class="btn btn-primary btn-xs" data-do="copy"
					title="${__("Copy to Handling")} (${shortcut_text("ctrl+enter")})">${__("Copy to Handling")}</button>
				<a class="btn btn-default btn-xs" target="_blank" href="/app/faq/${encodeURIComponent(hit.name)}"
					>${__("Open FAQ")}</a>
				${pill(__("For {0}", [__(hit.audience)]), AUDIENCE_COLOURS[hit.audience] || "gray")}
				<span class="as-faq-feedback" data-feedback>
					<button type="button" class="btn btn-link btn-xs" data-helpful="1"
						title="${__("This answer helped")}">${__("It Helped")}</button>
					<button type="button" class="btn btn-link btn-xs" data-helpful="0"
						title="${__("This answer did not help")}">${__("It Did Not Help")}</button>
				</span>
			</div>
			<div class="as-faq-text-answer ql-editor read-mode">${hit.answer_html}</div>
			${pictures.length ? `<div class="as-faq-pictures">${pictures.join("")}</div>` : ""}`;
	}

	expand(index, is_open) {
		const element = this.results.querySelector(`.as-faq[data-index="${index}"]`);
		const answer = element.querySelector(".as-faq-answer");
		if (is_open && !answer.innerHTML) answer.innerHTML = this.answer(this.hits[index]);
		answer.hidden = !is_open;
		element.querySelector(".as-faq-snippet").hidden = is_open;
		element.querySelector(".as-faq-head").setAttribute("aria-expanded", is_open);
		const copy = answer.querySelector("[data-do=copy]");
		if (copy) copy.disabled = !this.hits[index].published || !this.panel.can_copy();
	}

	nothing() {
		return `<div class="as-context-empty">
			<p>${__("Nothing found. Try fewer or other words, or a symptom instead of a sentence.")}</p>
		</div>`;
	}

	/** What nobody has answered yet is worth an entry; the ticket has question and answer already (S7.42). */
	offer_new_entry() {
		if (!frappe.model.can_create("FAQ")) return;
		$(`<button type="button" class="btn btn-xs btn-default">${__("Write an FAQ From This Ticket")}</button>`)
			.appendTo(this.results.querySelector(".as-context-empty"))
			.on("click", () => {
				const doc = this.panel.get_doc();
				frappe.new_doc("FAQ", {
					question: one_line(doc.question || this.input.value).slice(0, 255),
					answer: frappe.utils.escape_html(doc.handling || "").replace(/\n/g, "<br>"),
					product: doc.product,
					product_category: doc.product_category,
				});
			});
	}

	on_click(event) {
		const element = event.target.closest(".as-faq");
		if (!element) return;
		const index = Number(element.dataset.index);
		const picture = event.target.closest("[data-picture]");
		if (picture) show_picture(this.hits[index].pictures[picture.dataset.picture]);
		else if (event.target.closest("[data-do=copy]")) this.copy(index);
		else if (event.target.closest("[data-helpful]")) this.judge(index, event.target.closest("[data-helpful]"));
		else if (event.target.closest(".as-faq-head, .as-faq-snippet")) {
			const opens = element.querySelector(".as-faq-answer").hidden;
			this.expand(index, opens);
			if (opens) frappe.xcall("aftersales.knowledge.feedback.answer_opened", { faq: this.hits[index].name });
		}
	}

	judge(index, button) {
		const doc = this.panel.get_doc();
		const ticket = doc?.doctype === "Service Ticket" && !doc.__islocal ? doc.name : null;
		give_feedback(this.hits[index].name, button.dataset.helpful === "1", ticket);
	}

	on_key(event) {
		if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
			event.preventDefault();
			event.stopPropagation();
			this.copy(this.index_at(event.target));
		} else if (event.key === "Enter" && event.target === this.input) {
			event.preventDefault();
			clearTimeout(this.timer);
			this.search();
		} else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
			this.move_focus(event);
		}
	}

	/** From the keywords into the hits and between them. */
	move_focus(event) {
		const stops = [this.input, ...this.results.querySelectorAll(".as-faq-head")];
		const at = stops.indexOf(event.target);
		const next = stops[at + (event.key === "ArrowDown" ? 1 : -1)];
		if (at < 0 || !next) return;
		event.preventDefault();
		next.focus();
	}

	/** The hit that an element belongs to, or the first open one. */
	index_at(element) {
		const inside = element.closest(".as-faq");
		const open = this.results.querySelector(".as-faq-head[aria-expanded=true]");
		return Number((inside || open?.closest(".as-faq"))?.dataset.index ?? -1);
	}

	async copy(index) {
		const hit = this.hits?.[index];
		if (!hit) return;
		if (!this.panel.can_copy()) {
			frappe.show_alert({ message: __("This ticket cannot be changed."), indicator: "orange" });
			return;
		}
		if (!hit.published) {
			frappe.show_alert({ message: __("Only published answers are copied."), indicator: "orange" });
			return;
		}
		const copied = await this.panel.on_copy(hit);
		if (!copied) {
			frappe.show_alert({ message: __("This answer is in the handling already."), indicator: "blue" });
			return;
		}
		const undo = `<a class="as-undo" role="button" tabindex="0" data-action="undo">${__("Undo")}</a>`;
		frappe.show_alert(
			{ message: `${__("Answer copied to the handling.")} ${undo}`, indicator: "green" },
			8,
			{
				undo: (event) => {
					copied.undo();
					$(event.target).closest(".desk-alert").remove();
				},
			}
		);
	}
}

const one_line = (text) => (text || "").replace(/\s+/g, " ").trim();

function pill(label, colour) {
	return `<span class="indicator-pill ${colour} no-indicator-dot">${esc(label)}</span>`;
}

function scope_text(scope) {
	return {
		product: __("For this code"),
		category: __("For the product category"),
		all: __("Everywhere else"),
	}[scope];
}

function show_picture(picture) {
	const dialog = new frappe.ui.Dialog({ title: picture.caption || __("Picture"), size: "large" });
	$(`<img class="as-picture-large">`)
		.attr({ src: picture.image, alt: picture.caption || "" })
		.appendTo(dialog.body);
	dialog.show();
}
