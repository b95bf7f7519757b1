import { esc, pill } from "./html";
import { recall, remember } from "./store";

const TABS = ["ringing", "waiting", "today"];

/**
 * The left column: what waits for me, in three tabs. One listbox with a roving active option, so that a
 * screen reader and the arrow keys see what the eye sees.
 */
export class Queue {
	/**
	 * @param {object} opts
	 * @param {JQuery} opts.$parent
	 * @param {(row: {doctype: string, name: string}, focus: boolean) => void} opts.on_open
	 * @param {(counts: {ringing: number, waiting: number, today: number}) => void} opts.on_count
	 * @param {() => void} opts.on_new_ticket
	 */
	constructor(opts) {
		Object.assign(this, opts);
		this.tab = TABS.includes(recall("tab")) ? recall("tab") : "waiting";
		this.make();
		this.bind();
		this.render_skeleton();
	}

	make() {
		const labels = { ringing: __("Ringing"), waiting: __("Waiting"), today: __("Today") };
		const titles = {
			ringing: __("Calls on my lines, and missed calls to return"),
			waiting: __("My open tickets: critical and high first, then the oldest"),
			today: __("Follow-ups that are due today"),
		};
		const tab = (
			name,
			index
		) => `<button type="button" role="tab" class="as-tab" data-tab="${name}"
			id="as-tab-${name}" aria-controls="as-queue-list" title="${titles[name]} (${index + 1})">
			${labels[name]} <span class="as-count" hidden></span></button>`;
		this.$tabs = $(
			`<div class="as-tabs" role="tablist" aria-label="${__("My Queue")}">${TABS.map(
				tab
			).join("")}</div>`
		).appendTo(this.$parent);
		this.$list = $(
			'<div class="as-list" id="as-queue-list" role="listbox" tabindex="0"></div>'
		).appendTo(this.$parent);
		this.$empty = $('<div class="as-empty" hidden></div>').appendTo(this.$parent);
	}

	bind() {
		this.$tabs.on("click", ".as-tab", (e) => this.show_tab(e.currentTarget.dataset.tab));
		this.$tabs.on("keydown", ".as-tab", (e) => {
			const move = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
			if (!move) return;
			this.show_tab(TABS[(TABS.indexOf(this.tab) + move + TABS.length) % TABS.length]);
			this.$tabs.find(`[data-tab="${this.tab}"]`).trigger("focus");
			e.preventDefault();
		});
		this.$list.on("click", ".as-item", (e) => {
			this.mark(e.currentTarget);
			this.open_marked(false);
		});
		this.$list.on("keydown", (e) => this.key(e));
		this.$list.on("focus", () => this.marked || this.mark(this.items()[0]));
		this.$empty.on("click", "[data-new-ticket]", () => this.on_new_ticket());
	}

	key(e) {
		const items = this.items();
		const at = items.indexOf(this.marked);
		const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[e.key];
		if (to !== undefined) this.mark(items[Math.max(0, Math.min(items.length - 1, to))]);
		else if (e.key === "Enter") this.open_marked(true);
		else return;
		e.preventDefault();
		e.stopPropagation();
	}

	/** Walk by `step` rows and open the row at once: what J and K do from anywhere on the page. */
	walk(step) {
		const items = this.items();
		if (!items.length) return;
		const at = items.indexOf(this.marked);
		this.mark(items[Math.max(0, Math.min(items.length - 1, at + step))]);
		this.open_marked(false);
	}

	open_marked(focus) {
		if (!this.marked) return;
		this.on_open(
			{ doctype: this.marked.dataset.doctype, name: this.marked.dataset.name },
			focus
		);
	}

	focus() {
		(this.items().length ? this.$list : this.$tabs.find('[aria-selected="true"]')).trigger(
			"focus"
		);
	}

	items() {
		return this.$list.find(".as-item").toArray();
	}

	mark(item) {
		this.marked?.classList.remove("as-marked");
		this.marked = item || null;
		item?.classList.add("as-marked");
		item?.scrollIntoView({ block: "nearest" });
		this.$list.attr("aria-activedescendant", item ? item.id : null);
	}

	/** Show which record is at work, in whatever tab it stands. */
	set_open(name) {
		this.open_name = name;
		for (const item of this.items()) {
			const open = item.dataset.name === name;
			item.setAttribute("aria-selected", open);
			if (open && this.marked?.dataset.name !== name) this.mark(item);
		}
	}

	show_tab(name) {
		this.tab = name;
		remember("tab", name);
		this.render();
	}

	/** @param {object} queue answer of console.get_queue */
	set(queue) {
		this.queue = queue;
		this.render();
	}

	/** A call's state as realtime tells it; an older message than the one shown changes nothing. */
	set_call(call) {
		if (!this.queue) return;
		const calls = this.queue.ringing.rows;
		const at = calls.findIndex((row) => row.name === call.name);
		if (at >= 0 && cint(calls[at].revision) > cint(call.revision)) return;
		if (at >= 0) calls.splice(at, 1);
		if (call.in_queue) calls.splice(Math.max(at, 0), 0, { ...call, received: Date.now() });
		this.render();
	}

	counts() {
		const of = (name) => this.queue[name].rows.length;
		return { ringing: of("ringing"), waiting: of("waiting"), today: of("today") };
	}

	render() {
		if (!this.queue) return;
		const counts = this.counts();
		for (const tab of this.$tabs.find(".as-tab")) {
			const name = tab.dataset.tab;
			tab.setAttribute("aria-selected", name === this.tab);
			tab.tabIndex = name === this.tab ? 0 : -1;
			const more = this.queue[name].more ? "+" : "";
			$(tab).find(".as-count").text(`${counts[name]}${more}`).prop("hidden", !counts[name]);
			tab.classList.toggle("as-alert", name === "ringing" && counts[name] > 0);
		}
		this.on_count(counts);
		this.render_list();
	}

	render_list() {
		const rows = this.queue[this.tab].rows;
		const had_focus = document.activeElement === this.$list[0];
		const marked = this.marked?.dataset.name;
		this.$list.attr("aria-labelledby", `as-tab-${this.tab}`).prop("hidden", !rows.length);
		this.$list
			.removeAttr("aria-busy")
			.html(rows.map((row, index) => this.row_html(row, index)).join("") + this.more_html());
		this.marked = null;
		this.mark(this.items().find((item) => item.dataset.name === marked));
		this.set_open(this.open_name);
		this.$empty.prop("hidden", rows.length > 0).html(rows.length ? "" : this.empty_html());
		if (had_focus) this.focus();
		this.tick();
	}

	row_html(row, index) {
		const html = { "Service Call": this.call_html, "Follow-up": this.follow_up_html };
		const inner = (html[row.doctype] || this.ticket_html).call(this, row);
		return `<div class="as-item" role="option" aria-selected="false" id="as-item-${
			this.tab
		}-${index}"
			data-doctype="${esc(row.doctype)}" data-name="${esc(row.name)}">${inner}</div>`;
	}

	ticket_html(row) {
		const who = [row.customer_name, row.organisation].filter(Boolean).join(" · ");
		return `<div class="as-item-top">
				<span class="as-item-title ellipsis">${esc(who || __("No customer yet"))}</span>
				<span class="as-item-age text-muted">${frappe.datetime.comment_when(row.since, true)}</span>
			</div>
			<div class="as-item-text ellipsis">${esc(row.question || row.product_name || "")}</div>
			<div class="as-item-meta">
				${pill(__(row.status), row.indicator, true)}
				${this.urgency_html(row)}
				${aftersales.deadline.pill(row.resolve_by)}
				<span class="as-number text-muted ellipsis">${esc(row.name)}</span>
			</div>`;
	}

	follow_up_html(row) {
		return `<div class="as-item-top">
				<span class="as-item-title ellipsis">${esc(row.customer_name || row.phone || row.name)}</span>
				<span class="as-item-age ${row.late ? "text-danger" : "text-muted"}">${frappe.datetime.str_to_user(
					row.due_date
				)}</span>
			</div>
			<div class="as-item-text ellipsis">${esc(row.question || "")}</div>
			<div class="as-item-meta">
				${pill(__(row.status), row.indicator, true)}
				<span class="as-number text-muted ellipsis">${esc(row.name)}</span>
			</div>`;
	}

	urgency_html(row) {
		const colour = { High: "orange", Critical: "red" }[row.urgency];
		return colour ? pill(__(row.urgency), colour) : "";
	}

	call_html(row) {
		const live = row.state === "Ringing" || row.state === "Answered";
		const time = live
			? `<span class="as-timer" data-since="${
					(row.received || this.queue.received) - cint(row.age_ms)
			  }"></span>`
			: frappe.datetime.comment_when(row.started_at, true);
		const colour = { Ringing: "green", Answered: "blue", Missed: "red", Unknown: "orange" }[
			row.state
		];
		const times = row.times > 1 ? pill(__("{0} times", [row.times]), "gray") : "";
		return `<div class="as-item-top">
				<span class="as-item-title ellipsis">${esc(
					row.title || row.number_display || __("Number withheld")
				)}</span>
				<span class="as-item-age text-muted">${time}</span>
			</div>
			<div class="as-item-text ellipsis">${esc(row.title ? row.number_display : __("New caller"))}</div>
			<div class="as-item-meta">
				${pill(row.state === "Unknown" ? __("Perhaps missed") : __(row.state), colour, true)} ${times}
				<span class="as-number text-muted ellipsis">${esc(row.line_title || "")}</span>
			</div>`;
	}

	more_html() {
		if (!this.queue[this.tab].more) return "";
		const user = encodeURIComponent(frappe.session.user);
		const mine =
			this.tab === "today"
				? `/app/follow-up?planned_for=${user}&stage=Open`
				: `/app/service-ticket?person_in_charge=${user}`;
		return `<a class="as-more text-muted" href="${mine}">${__("Show all in the list")}</a>`;
	}

	empty_html() {
		const { title, text } = {
			ringing: this.queue.lines
				? {
						title: __("No call is waiting"),
						text: __(
							"Calls on your lines appear here by themselves, missed ones until they are returned."
						),
				  }
				: {
						title: __("You are on no telephone line"),
						text: __(
							"Ask an administrator to add you to the agents of a Phone Line; then its calls appear here."
						),
				  },
			waiting: {
				title: __("No open tickets"),
				text: __(
					"Tickets with you as the person in charge appear here until they are resolved."
				),
			},
			today: {
				title: __("No follow-up is due"),
				text: __("Follow-ups planned for you appear here on the day on which they are due."),
			},
		}[this.tab];
		const button =
			this.tab === "waiting" && this.queue.can_create_ticket
				? `<button type="button" class="btn btn-default btn-sm" data-new-ticket>${__(
						"New Ticket"
				  )} <kbd>N</kbd></button>`
				: "";
		return `<p class="as-empty-title">${title}</p><p class="text-muted">${text}</p>${button}`;
	}

	render_skeleton() {
		const row =
			'<div class="as-item-skeleton"><span class="as-bar"></span><span class="as-bar"></span></div>';
		this.$list.attr("aria-busy", "true").html(row.repeat(5));
	}

	render_error() {
		if (this.queue) return; // what is shown is better than nothing; the toast said what happened
		this.$list.removeAttr("aria-busy").empty().prop("hidden", true);
		this.$empty.prop("hidden", false).html(
			`<p class="as-empty-title">${__("The queue could not be loaded")}</p>
			<p class="text-muted">${__("Check the connection, then press R to try again.")}</p>`
		);
	}

	/** Called each second while the page is seen: how long the calls have been ringing or going on. */
	tick() {
		for (const timer of this.$list.find(".as-timer")) {
			const seconds = Math.max(
				0,
				Math.round((Date.now() - Number(timer.dataset.since)) / 1000)
			);
			const two = (number) => String(number).padStart(2, "0");
			timer.textContent = `${two(Math.floor(seconds / 60))}:${two(seconds % 60)}`;
		}
	}
}
