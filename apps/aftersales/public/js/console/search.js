import { Misses } from "../knowledge/misses";
import { esc, pill } from "./html";
import { recall, remember } from "./store";

const WAIT = 180; // ms after the last key before the server is asked
const RECENT = 8;

/**
 * The search box on top. It keeps the focus while the arrow keys walk through the grouped results
 * (combobox with a listbox, as ARIA describes it); Enter opens, Escape closes, then leaves.
 */
export class QuickSearch {
	/**
	 * @param {object} opts
	 * @param {JQuery} opts.$parent
	 * @param {(hit: {doctype: string, name: string}) => void} opts.on_open
	 * @param {() => void} opts.on_leave where the focus goes on the second Escape
	 */
	constructor(opts) {
		Object.assign(this, opts);
		this.asked = 0;
		this.misses = new Misses("Console");
		this.make();
		this.bind();
	}

	make() {
		const hint = __("Number, telephone, name, member no., product code, words");
		this.$el = $(`<div class="as-search" role="search">
			<span class="as-search-icon">${frappe.utils.icon("search", "sm")}</span>
			<input type="text" class="form-control input-sm" role="combobox" autocomplete="off"
				spellcheck="false" aria-expanded="false" aria-autocomplete="list"
				aria-controls="as-search-list" aria-label="${__("Quick search")}"
				placeholder="${hint}" title="${__("Quick search")} (/)">
			<kbd class="as-search-key" aria-hidden="true">/</kbd>
			<div class="as-search-panel" hidden>
				<div id="as-search-list" role="listbox" aria-label="${__("Search results")}"></div>
				<div class="as-search-foot text-muted" aria-hidden="true">
					<span><kbd>↑</kbd> <kbd>↓</kbd> ${__("choose")}</span>
					<span><kbd>Enter</kbd> ${__("open")}</span>
					<span><kbd>Esc</kbd> ${__("close")}</span>
				</div>
			</div>
			<div class="sr-only" aria-live="polite"></div>
		</div>`).appendTo(this.$parent);
		this.$input = this.$el.find("input");
		this.$panel = this.$el.find(".as-search-panel");
		this.$list = this.$el.find("#as-search-list");
		this.$status = this.$el.find("[aria-live]");
	}

	bind() {
		this.ask_soon = frappe.utils.debounce(() => this.ask(), WAIT);
		this.$input.on("input", () => this.typed());
		this.$input.on("focus", () => this.typed());
		this.$input.on("keydown", (e) => this.key(e));
		// mousedown, not click: the input must not lose the focus before the hit is opened
		this.$list.on("mousedown", ".as-hit", (e) => {
			e.preventDefault();
			this.choose(e.currentTarget);
		});
		this.$input.on("blur", () => this.close());
	}

	focus() {
		this.$input.trigger("focus").trigger("select");
	}

	get text() {
		return this.$input.val().trim();
	}

	typed() {
		this.misses.clear();
		if (!this.text) {
			this.asked++; // an answer still under way is no longer wanted
			this.render_recent();
		} else {
			if (!this.$list.children().length || this.showing_recent) this.render_skeleton();
			this.open();
			this.ask_soon();
		}
	}

	async ask() {
		const text = this.text;
		if (!text) return;
		const turn = ++this.asked;
		try {
			const answer = await frappe.xcall("aftersales.aftersales.quick_search.search", {
				text,
			});
			if (turn === this.asked && text === this.text) this.render(answer);
		} catch {
			if (turn !== this.asked) return;
			this.render_note(
				__("The search did not answer. Check the connection and type again.")
			);
		}
	}

	render(answer) {
		this.showing_recent = false;
		this.groups = answer.groups;
		if (!answer.groups.length) {
			this.misses.note_later(answer.text);
			this.render_note(
				__(
					"Nothing found for {0}. Try the telephone number, the start of the name, or fewer words.",
					[`<b>${esc(answer.text)}</b>`]
				)
			);
			return;
		}
		this.$list.html(
			answer.groups.map((group, index) => this.group_html(group, index)).join("")
		);
		this.mark(this.hits()[0]);
		this.open();
		this.$status.text(__("{0} results", [this.hits().length]));
	}

	group_html(group, index) {
		const id = `as-search-group-${index}`;
		return `<div role="group" aria-labelledby="${id}">
			<div class="as-search-group" id="${id}">${esc(group.label)}</div>
			${group.hits.map((hit) => this.hit_html(hit)).join("")}
		</div>`;
	}

	hit_html(hit) {
		this.serial = (this.serial || 0) + 1;
		const mark = hit.indicator ? pill(...hit.indicator) : "";
		return `<div class="as-hit" role="option" id="as-hit-${this.serial}" aria-selected="false"
			data-doctype="${esc(hit.doctype)}" data-name="${esc(hit.name)}" data-title="${esc(hit.title)}">
			<div class="as-hit-top"><span class="ellipsis">${esc(hit.title)}</span>${mark}</div>
			<div class="as-hit-text ellipsis text-muted">${esc(hit.subtitle)}</div>
		</div>`;
	}

	render_recent() {
		this.showing_recent = true;
		const recent = recall("recent", []);
		if (!recent.length) {
			this.render_note(
				__(
					"Type a record number, a telephone number, a name, a member number or a product code."
				)
			);
			return;
		}
		const row = (text) => {
			this.serial = (this.serial || 0) + 1;
			return `<div class="as-hit as-hit-recent" role="option" id="as-hit-${this.serial}"
				aria-selected="false" data-text="${esc(text)}">${frappe.utils.icon("refresh", "xs")}
				<span class="ellipsis">${esc(text)}</span></div>`;
		};
		this.$list.html(`<div role="group" aria-labelledby="as-search-recent">
			<div class="as-search-group" id="as-search-recent">${__("Recent searches")}</div>
			${recent.map(row).join("")}</div>`);
		this.mark(null);
		this.open();
	}

	render_skeleton() {
		this.showing_recent = false;
		const bar =
			'<div class="as-hit"><span class="as-bar"></span><span class="as-bar"></span></div>';
		this.$list.html(bar.repeat(3));
	}

	render_note(html) {
		this.$list.html(`<div class="as-search-note text-muted">${html}</div>`);
		this.mark(null);
		this.open();
		this.$status.text(this.$list.text());
	}

	hits() {
		return this.$list.find('.as-hit[role="option"]').toArray();
	}

	mark(hit) {
		this.$list.find('[aria-selected="true"]').attr("aria-selected", "false");
		this.current = hit || null;
		this.$input.attr("aria-activedescendant", hit ? hit.id : null);
		hit?.setAttribute("aria-selected", "true");
		hit?.scrollIntoView({ block: "nearest" });
	}

	key(e) {
		const hits = this.hits();
		const at = hits.indexOf(this.current);
		if (e.isComposing || e.originalEvent?.isComposing) return; // Enter and arrows belong to the input method
		if (e.key === "ArrowDown") this.mark(hits[(at + 1) % hits.length]);
		else if (e.key === "ArrowUp") this.mark(hits[(at - 1 + hits.length) % hits.length]);
		else if (e.key === "Enter" && this.current) this.choose(this.current);
		else if (e.key === "Escape") this.escape();
		else return;
		e.preventDefault();
		e.stopPropagation(); // Frappe's own Escape would take the focus away
	}

	escape() {
		if (!this.$panel.prop("hidden") && this.text) {
			this.$input.val("");
			this.close();
		} else {
			this.close();
			this.on_leave();
		}
	}

	choose(hit) {
		if (hit.dataset.text) {
			this.$input.val(hit.dataset.text);
			this.typed();
			return;
		}
		const recent = recall("recent", []).filter((text) => text !== this.text);
		remember("recent", [this.text, ...recent].slice(0, RECENT));
		this.$input.val("");
		this.close();
		const { doctype, name, title } = hit.dataset;
		this.on_open({ doctype, name, title });
	}

	open() {
		this.$panel.prop("hidden", false);
		this.$input.attr("aria-expanded", "true");
	}

	close() {
		this.asked++;
		this.$panel.prop("hidden", true);
		this.$list.empty();
		this.mark(null);
		this.$input.attr("aria-expanded", "false");
	}
}
