import { call_view } from "./call_view";
import { Composer } from "./composer";
import { customer_view } from "./customer_view";
import { follow_up_view } from "./follow_up_view";
import { esc, record_skeleton } from "./html";
import { ticket_view } from "./ticket_view";

const VIEWS = {
	"Service Ticket": ticket_view,
	"Service Call": call_view,
	"Service Customer": customer_view,
	"Follow-up": follow_up_view,
};
const METHOD = "aftersales.aftersales.console.";

/**
 * The middle column: the record at work. A view says what to show and which actions there are; this class
 * loads, draws, runs actions one at a time and keeps the focus where the person was.
 */
export class Record {
	/**
	 * @param {object} opts
	 * @param {JQuery} opts.$parent
	 * @param {(record: object|null) => void} opts.on_change called after each load and after each action
	 * @param {object} opts.desk what views may ask of the page: new_ticket, new_customer, open, leave
	 */
	constructor(opts) {
		Object.assign(this, opts);
		this.turn = 0;
		this.make();
		this.render_empty();
	}

	make() {
		this.$el = $(`<div class="as-record">
			<div class="as-record-head"></div>
			<div class="as-record-body" tabindex="0" role="region" aria-label="${__("Record at work")}"></div>
		</div>`).appendTo(this.$parent);
		this.$head = this.$el.find(".as-record-head");
		this.$body = this.$el.find(".as-record-body");
		this.composer = new Composer({
			$parent: this.$el,
			save: (entry, faq) => this.add_entry(entry, faq),
			leave: () => this.focus(),
		});
		this.$el.on("click", "[data-action]", (e) => this.run(e.currentTarget.dataset.action));
	}

	focus() {
		this.$body.trigger("focus");
	}

	/** Open a record; asking for the one that is open reloads it in place. */
	async open({ doctype, name }, focus = false) {
		const same = this.record && this.record.doctype === doctype && this.record.name === name;
		const turn = ++this.turn;
		if (!same) this.render_loading();
		try {
			const record = await frappe.xcall(`${METHOD}get_record`, { doctype, name });
			if (turn === this.turn) this.set(record);
		} catch {
			if (turn === this.turn && !same) this.render_error({ doctype, name });
		}
		if (focus && turn === this.turn) this.focus();
	}

	reload() {
		return this.record && this.open(this.record);
	}

	close() {
		this.turn++;
		this.record = null;
		this.view = null;
		this.render_empty();
		this.on_change(null);
	}

	set(record) {
		const held = this.focused_action();
		const other = this.record?.name !== record.name;
		this.record = record;
		this.view = VIEWS[record.doctype](record, this.desk);
		this.$el.attr("aria-busy", "false");
		this.$head.html(this.head_html());
		this.$body.html(this.view.body);
		this.composer.set(record);
		if (other) this.$body.scrollTop(0);
		if (held) this.restore_focus(held);
		this.on_change(record);
	}

	head_html() {
		const buttons = this.view.actions
			.filter((action) => !action.hidden && !action.in_body)
			.map((action) => {
				const tip = action.shortcut
					? `${action.label} (${action.shortcut})`
					: action.label;
				return `<button type="button" data-action="${esc(action.id)}" title="${esc(tip)}"
					class="btn btn-sm ${action.primary ? "btn-primary" : "btn-default"}">${esc(action.label)}
					${action.shortcut ? `<kbd aria-hidden="true">${esc(action.shortcut)}</kbd>` : ""}</button>`;
			});
		return `<div class="as-record-title">
				<h4>${this.view.title}</h4>${this.view.marks || ""}
			</div>
			<div class="as-record-actions" role="toolbar" aria-label="${__("Actions")}">${buttons.join(
			""
		)}</div>`;
	}

	focused_action() {
		return this.$head[0].contains(document.activeElement)
			? document.activeElement.dataset.action || true
			: null;
	}

	/** The same button when it is still there, else the first one, else the record itself. */
	restore_focus(held) {
		const same = held === true ? $() : this.$head.find(`[data-action="${CSS.escape(held)}"]`);
		const target = same[0] || this.$head.find("[data-action]")[0] || this.$body[0];
		target.focus();
	}

	action(id) {
		return this.view?.actions.find((action) => action.id === id);
	}

	/** Run an action by its id, from a button or a key. While one is under way, others wait for it. */
	async run(id) {
		const action = this.action(id);
		if (!action || action.hidden || this.busy) return;
		if (action.workflow) await this.apply(action);
		else await action.run();
	}

	async apply(action) {
		this.busy = true;
		const $button = this.$head.find(`[data-action="${CSS.escape(action.id)}"]`);
		$button.prop("disabled", true);
		const name = this.record.name;
		const turn = ++this.turn;
		try {
			const record = await frappe.xcall(`${METHOD}apply_action`, {
				ticket: name,
				action: action.workflow,
			});
			if (turn === this.turn) {
				this.set(record);
				this.focus(); // not on a button: the next Enter must not take another step
			}
			frappe.show_alert({
				message: `${esc(name)}: ${esc(__(record.status))}`,
				indicator: "green",
			});
		} catch {
			// Frappe has shown why; what is on the screen may be stale, for example when a colleague was faster
			if (turn === this.turn) await this.reload();
		} finally {
			$button.prop("disabled", false);
			this.done();
		}
	}

	async add_entry(entry, faq) {
		const turn = ++this.turn;
		const args = { ticket: this.record.name, entry, faq: faq || null };
		await this.change(async () => {
			const record = await frappe.xcall(`${METHOD}add_entry`, args);
			if (turn !== this.turn) return;
			this.set(record);
			this.$body.scrollTop(this.$body[0].scrollHeight);
		});
	}

	/**
	 * Run a change of the open record, and hear afterwards what others did meanwhile.
	 * @param {() => Promise} request
	 * @param {boolean} [reload] the answer does not bring the record
	 */
	async change(request, reload = false) {
		this.busy = true;
		try {
			return await request();
		} finally {
			this.done(reload);
		}
	}

	/** Somebody changed the open record. While a change of one's own is under way, this may be its echo. */
	changed_elsewhere({ modified }) {
		if (this.busy) this.news = modified;
		else if (!modified || modified > this.record.modified) this.reload();
	}

	/** A change of one's own has ended: hear what came in meanwhile, unless the answer brought it. */
	done(reload = false) {
		const { news } = this;
		this.busy = false;
		this.news = null;
		if (reload) this.reload();
		else if (news && this.record) this.changed_elsewhere({ modified: news });
	}

	render_loading() {
		this.record = null;
		this.view = null;
		this.$el.attr("aria-busy", "true");
		this.$head.empty();
		this.$body.html(record_skeleton());
		this.composer.set(null);
	}

	render_empty() {
		this.$head.empty();
		this.$body.html(`<div class="as-empty">
			<p class="as-empty-title">${__("Nothing is open")}</p>
			<p class="text-muted">${__("Choose a call or a ticket on the left, or search with {0}.", [
				"<kbd>/</kbd>",
			])}</p>
			<p class="text-muted">${__("{0} shows all shortcuts.", ["<kbd>?</kbd>"])}</p>
			${
				this.desk.can_create_ticket()
					? `<button type="button" class="btn btn-primary btn-sm as-new-ticket">${__(
							"New Ticket"
					  )} <kbd>N</kbd></button>`
					: ""
			}</div>`);
		this.$body.find(".as-new-ticket").on("click", () => this.desk.new_ticket());
		this.composer.set(null);
	}

	render_error({ doctype, name }) {
		this.$el.attr("aria-busy", "false");
		this.$body.html(`<div class="as-empty">
			<p class="as-empty-title">${__("{0} {1} could not be opened", [
				__(doctype),
				`<b>${esc(name)}</b>`,
			])}</p>
			<p class="text-muted">${__(
				"It may have been renamed or deleted, or you may not see it. Press R to try again."
			)}</p>
		</div>`);
		this.failed = { doctype, name };
		this.on_change(null);
	}

	/** R: what is open again, or what failed to open. */
	retry() {
		if (this.record) return this.reload();
		if (this.failed) return this.open(this.failed);
	}
}
