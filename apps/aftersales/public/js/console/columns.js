import { recall, remember } from "./store";

const MIN = { left: 220, right: 280, middle: 340 };
const DEFAULT = { left: 300, right: 380 };
const STEP = 16; // px per arrow key
const NARROW = "(max-width: 991.98px)";

/**
 * Three columns with two handles between them; widths are kept per user and browser. On narrow
 * screens the same three panes are tabs, one visible at a time.
 */
export class Columns {
	/** @param {{ $parent: JQuery, labels: { left: string, middle: string, right: string } }} opts */
	constructor({ $parent, labels }) {
		this.labels = labels;
		this.wanted = { ...DEFAULT, ...recall("widths", {}) };
		this.widths = { ...this.wanted };
		this.narrow = window.matchMedia(NARROW);
		this.make($parent);
		this.bind();
		this.apply();
		this.show("left");
	}

	make($parent) {
		const tab = (pane) => `<button type="button" class="as-pane-tab" role="tab"
			id="as-pane-tab-${pane}" aria-controls="as-pane-${pane}" data-pane="${pane}">
			${this.labels[pane]}<span class="as-count" hidden></span></button>`;
		const pane = (name) => `<section class="as-pane as-pane-${name}" id="as-pane-${name}"
			data-pane="${name}" aria-label="${this.labels[name]}"></section>`;
		const handle = (side, label) => `<div class="as-handle" data-side="${side}" tabindex="0"
			role="separator" aria-orientation="vertical" aria-label="${label}"
			aria-controls="as-pane-${side}" title="${label}"></div>`;
		this.$el = $(`<div class="as-columns-wrap">
			<div class="as-pane-tabs" role="tablist">${["left", "middle", "right"].map(tab).join("")}</div>
			<div class="as-columns">
				${pane("left")}
				${handle("left", __("Width of the left column. Arrow keys change it, double click resets it."))}
				${pane("middle")}
				${handle("right", __("Width of the right column. Arrow keys change it, double click resets it."))}
				${pane("right")}
			</div>
		</div>`).appendTo($parent);
		this.$columns = this.$el.find(".as-columns");
		this.$left = this.$el.find(".as-pane-left");
		this.$middle = this.$el.find(".as-pane-middle");
		this.$right = this.$el.find(".as-pane-right");
	}

	bind() {
		this.$el.on("pointerdown", ".as-handle", (e) => this.drag(e));
		this.$el.on("dblclick", ".as-handle", (e) => {
			const side = e.currentTarget.dataset.side;
			this.resize(side, DEFAULT[side]);
		});
		this.$el.on("keydown", ".as-handle", (e) => {
			const side = e.currentTarget.dataset.side;
			const grow = { ArrowRight: 1, ArrowLeft: -1 }[e.key] * (side === "left" ? 1 : -1);
			if (e.key === "Home") this.resize(side, DEFAULT[side]);
			else if (grow) this.resize(side, this.widths[side] + grow * STEP);
			else return;
			e.preventDefault();
		});
		this.$el.on("click", ".as-pane-tab", (e) => this.show(e.currentTarget.dataset.pane));
		this.$el.on("keydown", ".as-pane-tab", (e) => {
			const move = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
			if (!move) return;
			const panes = ["left", "middle", "right"];
			const next = panes[(panes.indexOf(this.shown) + move + 3) % 3];
			this.show(next);
			this.$el.find(`#as-pane-tab-${next}`).trigger("focus");
			e.preventDefault();
		});
		$(window).on(
			"resize",
			frappe.utils.debounce(() => this.apply(), 100)
		);
		this.narrow.addEventListener("change", () => this.show(this.shown));
	}

	drag(e) {
		const handle = e.currentTarget;
		const side = handle.dataset.side;
		const start = e.clientX;
		const width = this.widths[side];
		const sign = (side === "left" ? 1 : -1) * (frappe.utils.is_rtl?.() ? -1 : 1);
		handle.setPointerCapture(e.pointerId);
		const move = (event) => this.resize(side, width + sign * (event.clientX - start), false);
		const done = () => {
			handle.removeEventListener("pointermove", move);
			remember("widths", this.wanted);
		};
		handle.addEventListener("pointermove", move);
		handle.addEventListener("lostpointercapture", done, { once: true });
		e.preventDefault();
		handle.focus();
	}

	resize(side, width, keep = true) {
		this.wanted[side] = Math.round(width);
		this.apply(side);
		this.wanted[side] = this.widths[side];
		if (keep) remember("widths", this.wanted);
	}

	/** Fit the wanted widths into the window; of the two sides, the one just moved comes first. */
	apply(moved = "right") {
		const total = this.$columns.width();
		if (!total || this.narrow.matches) return;
		const other = moved === "left" ? "right" : "left";
		const room = total - MIN.middle;
		const fit = (side, most) => Math.max(MIN[side], Math.min(this.wanted[side], most));
		this.widths[moved] = fit(moved, room - MIN[other]);
		this.widths[other] = fit(other, room - this.widths[moved]);
		this.$columns.css({
			"--as-left": `${this.widths.left}px`,
			"--as-right": `${this.widths.right}px`,
		});
		for (const handle of this.$el.find(".as-handle")) {
			const side = handle.dataset.side;
			handle.setAttribute("aria-valuenow", this.widths[side]);
			handle.setAttribute("aria-valuemin", MIN[side]);
			handle.setAttribute("aria-valuemax", room - MIN[side === "left" ? "right" : "left"]);
		}
	}

	/** Make a pane visible on a narrow screen; on a wide one all three are. */
	show(pane) {
		this.shown = pane;
		const narrow = this.narrow.matches;
		this.$el.toggleClass("as-narrow", narrow);
		this.$el.find(".as-pane").each((_i, el) => {
			el.classList.toggle("as-hidden", narrow && el.dataset.pane !== pane);
		});
		this.$el.find(".as-pane-tab").each((_i, el) => {
			const selected = el.dataset.pane === pane;
			el.setAttribute("aria-selected", selected);
			el.tabIndex = selected ? 0 : -1;
		});
		if (!narrow) this.apply();
	}

	/** @param {"left"|"middle"|"right"} pane @param {number} count shown on the pane's tab, 0 hides it */
	set_count(pane, count) {
		this.$el.find(`#as-pane-tab-${pane} .as-count`).text(count).prop("hidden", !count);
	}
}
