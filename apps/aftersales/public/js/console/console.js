import { Columns } from "./columns";
import { Context } from "./context";
import { Queue } from "./queue";
import { Record } from "./record";
import { QuickSearch } from "./search";
import { add_shortcuts } from "./shortcuts";

// what the middle column can show, by its name in the address
const ROUTES = {
	ticket: "Service Ticket",
	call: "Service Call",
	customer: "Service Customer",
	"follow-up": "Follow-up",
};
const CONSOLE = "aftersales.aftersales.console.";
const TELEPHONY = "aftersales.telephony.api.";
const DEAF = 15000; // ms between questions while realtime is down
const STALE = 60000; // ms after which a page that comes back into view asks for its queue again

/**
 * The Service Console: my queue, the record at work and its context side by side. The address names the open
 * record, so that Back, bookmarks and a second tab work as everywhere in the Desk.
 */
export class ServiceConsole {
	constructor(wrapper) {
		this.wrapper = wrapper;
		wrapper.disable_scroll_to_top = true;
		this.page = frappe.ui.make_app_page({
			parent: wrapper,
			title: __("Service Console"),
			single_column: true,
		});
		this.make();
		this.bind();
		this.listen();
	}

	make() {
		const $main = $('<div class="as-console"></div>').appendTo(this.page.main);
		this.columns = new Columns({
			$parent: $main,
			labels: { left: __("My Queue"), middle: __("Record"), right: __("Related") },
		});
		this.search = new QuickSearch({
			$parent: $(this.wrapper).find(".page-head-content").first(),
			on_open: (hit) => this.open(hit, true),
			on_leave: () => this.queue.focus(),
		});
		// between title and buttons, where the eye and the Tab key expect it
		this.search.$el.insertAfter($(this.wrapper).find(".page-head .page-title").first());
		this.queue = new Queue({
			$parent: this.columns.$left,
			on_open: (row, focus) => this.open(row, focus),
			on_count: (counts) =>
				this.columns.set_count("left", counts.ringing + counts.waiting + counts.today),
			on_new_ticket: () => this.new_ticket(),
		});
		this.context = new Context({
			$parent: this.columns.$right,
			page: this.page,
			can_take_answer: () => Boolean(this.record.record?.can_write),
			on_answer: (hit) => this.take_answer(hit),
			on_open: (row) => this.open(row, true),
		});
		this.record = new Record({
			$parent: this.columns.$middle,
			on_change: (record) => this.record_changed(record),
			desk: {
				open: (target) => this.open(target, true),
				new_ticket: () => this.new_ticket(),
				// the same way as the pop-up goes, so that the same is filled in and the same is remembered
				new_ticket_from_call: (call) => aftersales.call_popups.new_ticket({ call }),
				new_customer_from_call: (call) =>
					aftersales.call_popups.open_or_make_customer({ call }),
				take_call: (call) => this.change_call(`${TELEPHONY}take_call`, { call }),
				finish_call: (call) => this.change_call(`${TELEPHONY}finish_call`, { call }),
				return_call: (call) => this.change_call(`${CONSOLE}return_call`, { call }),
				link_customer: (call, customer) =>
					this.change_call(`${TELEPHONY}link_customer`, { call, customer }),
				can_create_ticket: () => frappe.model.can_create("Service Ticket"),
				can_create_customer: () => frappe.model.can_create("Service Customer"),
			},
		});
		this.page.set_secondary_action(__("Refresh"), () => this.refresh(true), "refresh");
		this.page.btn_secondary.attr("title", `${__("Refresh")} (R)`);
		if (frappe.model.can_create("Service Ticket")) {
			this.page.set_primary_action(__("New Ticket"), () => this.new_ticket(), "add");
			this.page.btn_primary.attr("title", `${__("New Ticket")} (N)`);
		}
		this.page.add_menu_item(__("Keyboard Shortcuts"), () => this.help(), false, "?");
	}

	bind() {
		$(this.wrapper).on("hide", (e) => {
			if (e.target === this.wrapper) this.hide();
		});
		document.addEventListener("visibilitychange", () => {
			if (
				document.visibilityState === "visible" &&
				this.seen &&
				Date.now() - this.loaded > STALE
			) {
				this.refresh();
			}
		});
		// layouts on which these two characters are other keys than on the American keyboard
		$(document).on("keydown.service-console", (e) => {
			if (!this.can_take_keys(e) || frappe.ui.keys.get_key(e).endsWith("/")) return;
			if (e.key === "/") this.search.focus();
			else if (e.key === "?") this.help();
			else return;
			e.preventDefault();
		});
	}

	can_take_keys(e) {
		const typing = $(e.target).is("input, select, textarea, [contenteditable=true]");
		return (
			this.seen &&
			!typing &&
			!e.ctrlKey &&
			!e.metaKey &&
			!e.altKey &&
			!window.cur_dialog?.display
		);
	}

	listen() {
		frappe.realtime.on("aftersales_call", (message) => this.call_changed(message));
		frappe.realtime.on("aftersales_queue", () => this.refresh_soon());
		frappe.realtime.on("doc_update", (update) => this.document_changed(update));
		// what happened while the connection was down was not heard
		frappe.realtime.socket?.on("connect", () => {
			this.subscribed = null;
			this.subscribe(this.record.record);
			this.refresh_soon();
		});
		this.refresh_soon = frappe.utils.debounce(() => this.refresh(), 400);
		setInterval(() => this.each_second(), 1000);
	}

	each_second() {
		if (!this.seen || document.hidden) return;
		this.queue.tick();
		// without realtime the queue would stand still and look as if it were true
		const deaf = !frappe.realtime.socket?.connected;
		if (deaf && Date.now() - this.loaded > DEAF) this.refresh();
	}

	show() {
		const back = !this.seen;
		this.seen = true;
		add_shortcuts(this);
		this.context.add_shortcuts();
		const target = this.target_of_route();
		const open = this.record.record;
		if (!target) {
			if (open || back) this.record.close();
		} else if (back || open?.name !== target.name || open?.doctype !== target.doctype) {
			this.record.open(target, this.focus_record);
		}
		this.focus_record = false;
		if (back) this.refresh();
		if (!target && (document.activeElement === document.body || !document.activeElement))
			this.queue.focus();
	}

	hide() {
		this.seen = false;
		this.subscribe(null);
	}

	target_of_route() {
		const [, kind, name] = frappe.get_route();
		return ROUTES[kind] && name ? { doctype: ROUTES[kind], name } : null;
	}

	/** Open a record where it belongs: in the middle, or as a form of its own. */
	open({ doctype, name, title }, focus = false) {
		const kind = Object.keys(ROUTES).find((key) => ROUTES[key] === doctype);
		if (doctype === "FAQ") {
			this.columns.show("right");
			this.context.show_faq(title);
			return;
		}
		if (!kind) {
			frappe.set_route("Form", doctype, name);
			return;
		}
		this.columns.show("middle");
		const open = this.record.record;
		if (open?.doctype === doctype && open.name === name) {
			if (focus) this.record.focus();
			return;
		}
		this.focus_record = focus;
		frappe.set_route("service-console", kind, name);
	}

	/** Reads the queue again; by hand also the open record. */
	async refresh(all = false) {
		if (!this.seen) return;
		if (all) this.record.retry();
		this.loaded = Date.now();
		try {
			const queue = await frappe.xcall(`${CONSOLE}get_queue`);
			queue.received = Date.now();
			this.queue.set(queue);
		} catch {
			this.queue.render_error();
		}
	}

	record_changed(record) {
		this.queue.set_open(record?.name);
		this.context.set(record);
		this.subscribe(record);
		// its file stands in the middle now; the pop-up would only cover the context
		if (record?.doctype === "Service Call") aftersales.call_popups?.dismissed.add(record.name);
		frappe.utils.set_title(
			record ? `${record.name} - ${__("Service Console")}` : __("Service Console")
		);
	}

	/** Hear of changes that others make to the open record. */
	subscribe(record) {
		const now = record ? `${record.doctype}\n${record.name}` : null;
		if (now === this.subscribed) return;
		if (this.subscribed)
			frappe.realtime.emit("doc_unsubscribe", ...this.subscribed.split("\n"));
		if (now) frappe.realtime.emit("doc_subscribe", ...now.split("\n"));
		this.subscribed = now;
	}

	document_changed(update) {
		const open = this.record.record;
		if (this.seen && open?.doctype === update.doctype && open.name === update.name) {
			this.record.changed_elsewhere(update);
		}
	}

	/** Show at once what the message says; missed calls are for the server to judge, so it is asked a moment later. */
	call_changed(message) {
		const mine = message.state === "Answered" && message.agent === frappe.session.user;
		this.queue.set_call({
			...message,
			doctype: "Service Call",
			name: message.call,
			title: message.name,
			in_queue: message.state === "Ringing" || mine,
		});
		this.refresh_soon();
		const open = this.record.record;
		if (this.seen && open?.doctype === "Service Call" && open.name === message.call) {
			this.record.changed_elsewhere({ modified: message.revision });
		}
	}

	/** Change the open call; the message that goes to all agents of the line then brings nothing new here. */
	async change_call(method, args) {
		await this.record.change(() => frappe.xcall(method, args), true).catch(() => {}); // Frappe shows why not
		this.refresh_soon();
	}

	/** The answer of an FAQ goes into the entry being written, to be read once more before it is saved. */
	take_answer(hit) {
		this.columns.show("middle");
		return this.record.composer.insert(hit.answer_text, hit.name);
	}

	/** A new ticket for whatever is at work: the call, the customer, or nobody yet. */
	async new_ticket() {
		const open = this.record.record;
		if (open?.doctype === "Service Call") {
			await this.record.run("new-ticket");
		} else {
			frappe.new_doc(
				"Service Ticket",
				open?.doctype === "Service Customer" ? { customer: open.name } : {}
			);
		}
	}

	new_customer() {
		if (this.record.action("new-customer")) this.record.run("new-customer");
		else frappe.new_doc("Service Customer");
	}

	help() {
		frappe.ui.keys.show_keyboard_shortcut_dialog();
	}
}
