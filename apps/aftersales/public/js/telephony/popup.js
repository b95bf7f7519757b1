// Pop-ups of incoming calls, in the bottom right corner of every Desk page. They come to the agents of the line
// only, never take the focus, and agree among the browser's tabs.
import { ask } from "./ask";
import { CallFeed } from "./call_feed";
import { DismissedCalls } from "./dismissed_calls";
import { beep } from "./beep";
import { CallView } from "./call_view";
import { leave_message } from "./message_dialog";
import { link_customer, new_customer_from_call, new_service_from_call } from "./new_documents";
import { PhoneState } from "./phone_state";

const MOST_SHOWN = 8;
const COLLEAGUE_SECONDS = 5;
// A plain modem cannot tell who answered: whoever did needs the caller's file while the talk begins.
const UNKNOWN_SECONDS = 120;
const ASK_EVERY_SECONDS = 60;
// The callers' files wait until the telephones that ring at the same moment have all been announced.
const FILES_AFTER_MS = 120;
const ACTIVE = ["Ringing", "Answered", "Unknown"];
const SHORTCUTS = {
	KeyN: "new_ticket",
	KeyC: "customer",
	KeyT: "take",
	KeyE: "finish",
	KeyM: "message",
	KeyX: "dismiss",
};

// What the caller's file depends on.
const caller_of = ({ match, number, card }) => [match, number, card.doctype, card.docname].join("|");

class CallPopups {
	constructor() {
		this.entries = new Map();
		// Calls that ring elsewhere first: call -> the message and when it is my turn.
		this.later = new Map();
		this.closed = new Set();
		this.ticks = 0;
		this.settings = { sound: 0, seconds_after_end: 8 };
		this.dismissed = new DismissedCalls((call) => this.remove(call));
		this.me = new PhoneState({
			on_change: (before) => this.state_changed(before),
			finish: (call) => this.finish(call),
		});
		this.feed = new CallFeed({
			on_call: (message) => this.receive(message),
			on_settings: ({ me, lines, ...settings }) => {
				Object.assign(this.settings, settings);
				this.me.set(me, lines);
			},
			shown: () => [...this.entries.keys()],
		});
	}

	start() {
		this.make_region();
		this.bind_keys();
		document.addEventListener("visibilitychange", () => this.load_missing_cards());
		setInterval(() => this.tick(), 1000);
		this.me.start();
		this.feed.start();
	}

	make_region() {
		this.region = document.createElement("section");
		this.region.className = "call-popups";
		this.region.setAttribute("aria-label", __("Incoming Calls"));
		this.announcer = document.createElement("div");
		this.announcer.className = "sr-only";
		this.announcer.setAttribute("role", "status");
		this.announcer.setAttribute("aria-live", "assertive");
		this.list = document.createElement("div");
		this.list.className = "call-popups-list";
		this.more = document.createElement("div");
		this.more.className = "call-popups-more";
		this.region.append(this.announcer, this.list, this.more);
		document.body.append(this.region);
	}

	// One message per change of a call; each call has one pop-up, and old news changes nothing.
	receive(message) {
		const entry = this.entries.get(message.call);
		const known = entry ? entry.call : this.later.get(message.call)?.message;
		if (known && message.revision < known.revision) return;
		this.later.delete(message.call);
		if (entry && this.is_quiet(message)) return this.remove(message.call);
		if (entry) {
			this.update(entry, message);
		} else if (!this.wanted(message)) {
			return;
		} else if (message.show_after_ms > 0) {
			this.later.set(message.call, { message, due: Date.now() + message.show_after_ms });
			return;
		} else {
			this.add(message);
		}
		this.arrange();
	}

	wanted(message) {
		const { call, state, agent, direction } = message;
		if (this.dismissed.has(call) || this.closed.has(call) || direction === "Outbound") return false;
		if (agent && agent !== frappe.session.user) return false;
		return ACTIVE.includes(state) && !this.is_quiet(message);
	}

	// Whoever is not to be disturbed still sees the call that they took themselves.
	is_quiet({ agent, quiet }) {
		return agent !== frappe.session.user && (quiet || this.me.quiet());
	}

	// My turn has come, unless somebody took the call meanwhile: then it is no longer here.
	show_due() {
		const now = Date.now();
		this.later.forEach(({ message, due }) => {
			if (due <= now) this.receive({ ...message, age_ms: message.age_ms + message.show_after_ms, show_after_ms: 0 });
		});
	}

	// All my tabs and browsers hear of it: what rings goes or comes back, strips become pop-ups again.
	state_changed(before) {
		if (this.me.quiet()) {
			[...this.entries.values()]
				.filter(({ call }) => this.is_quiet(call))
				.forEach(({ call }) => this.remove(call.call));
		} else if (before.do_not_disturb) {
			this.feed.ask();
		}
		this.arrange();
	}

	// While I speak with somebody else, another call is a strip.
	is_waiting({ call }) {
		const talk = this.me.in_call();
		return Boolean(talk) && talk !== call.call && call.agent !== frappe.session.user;
	}

	add(message) {
		const entry = { call: message, history: null, state_since: Date.now() };
		entry.started = Date.now() - message.age_ms;
		entry.view = new CallView({
			new_ticket: () => this.new_ticket(entry),
			service: (record_type) => this.new_ticket(entry, record_type),
			finish: () => this.finish(message.call),
			message: () => leave_message(entry.call),
			customer: () => this.open_or_make_customer(entry),
			choose: (customer) =>
				link_customer(message.call, customer).then((changed) => this.receive(changed)),
			take: () => this.take(entry),
			dismiss: () => this.dismissed.add(message.call),
		});
		this.entries.set(message.call, entry);
		this.announce(entry);
		if (this.settings.sound && message.state === "Ringing" && !this.is_waiting(entry)) beep(message.call);
		this.load_missing_cards();
	}

	update(entry, message) {
		const before = entry.call;
		entry.call = message;
		if (before.state !== message.state || before.agent !== message.agent) {
			entry.state_since = Date.now();
		}
		if (caller_of(before) !== caller_of(message)) {
			entry.history = null;
			this.announce(entry);
			this.load_missing_cards();
		}
	}

	remove(call) {
		const entry = this.entries.get(call);
		if (!entry) return;
		entry.view.element.remove();
		this.entries.delete(call);
		this.arrange();
	}

	// Oldest on top; what does not fit is counted, and comes up when there is room.
	arrange() {
		const entries = this.in_order();
		const shown = entries.slice(0, MOST_SHOWN);
		const target = this.target();
		shown.forEach((entry, index) => {
			const compact = shown.length > 2 && entry !== target;
			this.render(entry, { compact, target: entry === target, waiting: this.is_waiting(entry) });
			// Moving an element would drop the focus inside it, so it moves only if it must.
			if (this.list.children[index] !== entry.view.element) {
				this.list.insertBefore(entry.view.element, this.list.children[index] || null);
			}
		});
		entries.slice(MOST_SHOWN).forEach((entry) => entry.view.element.remove());
		const hidden = entries.length - shown.length;
		this.more.textContent = hidden ? __("{0} more calls", [hidden]) : "";
		this.region.classList.toggle("empty", !entries.length);
	}

	// Eight lines at once are eight messages: each draws its own pop-up, not all of them.
	render(entry, look) {
		const drawn = [entry.call, entry.history, look.compact, look.target, look.waiting];
		if (entry.drawn && drawn.every((value, index) => value === entry.drawn[index])) return;
		entry.drawn = drawn;
		entry.view.render(entry, look);
	}

	load_missing_cards() {
		clearTimeout(this.files_timer);
		this.files_timer = setTimeout(() => this.load_cards(), FILES_AFTER_MS);
	}

	// One after the other, that of the call in front first: so they never keep a telephone from ringing.
	async load_cards() {
		if (this.loading_cards) return;
		this.loading_cards = true;
		const asked = new Set();
		const next = () =>
			[this.target(), ...this.in_order()].find((entry) => entry && this.lacks_card(entry) && !asked.has(entry));
		for (let entry = next(); entry; entry = next()) {
			asked.add(entry);
			await this.load_card(entry);
		}
		this.loading_cards = false;
	}

	// A tab in the background waits.
	lacks_card({ call, history }) {
		return !document.hidden && !history && Boolean(call.number || call.match === "sure");
	}

	// The caller's tickets and earlier calls, with this user's permissions.
	async load_card(entry) {
		const { call } = entry.call;
		const caller = caller_of(entry.call);
		const message = await ask("aftersales.telephony.api.get_call_card", { call });
		if (this.entries.get(call) !== entry) return;
		if (caller_of(entry.call) !== caller) return this.load_missing_cards();
		// Without an answer the pop-up says what it knows; the next visit to this tab asks again.
		if (!message) return;
		entry.history = message.card;
		this.receive(message);
		this.arrange();
	}

	tick() {
		this.show_due();
		const over = [];
		this.entries.forEach((entry) => {
			entry.view.tick(entry);
			const seconds = this.seconds_left_for(entry.call);
			const busy = entry.view.element.matches(":hover, :focus-within");
			if (seconds !== null && !busy && Date.now() - entry.state_since > seconds * 1000) {
				over.push(entry.call.call);
			}
		});
		over.forEach((call) => {
			this.closed.add(call);
			this.remove(call);
		});
		// A bridge may have died while the telephone rang; the site knows by now.
		this.ticks = (this.ticks + 1) % ASK_EVERY_SECONDS;
		if (this.entries.size && !this.ticks) this.feed.ask();
	}

	// How long a pop-up stays in its present state; null means until somebody closes it.
	seconds_left_for(call) {
		if (call.state === "Ringing") return null;
		if (call.agent && call.agent !== frappe.session.user) return COLLEAGUE_SECONDS;
		if (call.state === "Answered") return null;
		return call.state === "Unknown" ? UNKNOWN_SECONDS : this.settings.seconds_after_end;
	}

	announce(entry) {
		this.announcer.textContent = [
			__("Incoming call on {0}", [entry.call.line_title || ""]),
			entry.view.caller_text(entry.call),
		].join(", ");
	}

	async take(entry) {
		this.receive(await frappe.xcall("aftersales.telephony.api.take_call", { call: entry.call.call }));
	}

	async finish(call) {
		this.receive(await frappe.xcall("aftersales.telephony.api.finish_call", { call }));
		this.dismissed.add(call);
	}

	async new_ticket(entry, record_type) {
		const { call, agent, state } = entry.call;
		await new_service_from_call(call, record_type);
		if (!agent && state !== "Missed") {
			// The ticket is open already; whether the call is still there to take makes no difference to it.
			frappe.xcall("aftersales.telephony.api.take_call", { call }).catch(() => {});
		}
		this.dismissed.add(call);
	}

	open_or_make_customer(entry) {
		const { call, card, match, number_display, number, name } = entry.call;
		if (card.docname) {
			frappe.set_route("Form", card.doctype, card.docname);
		} else if (match !== "hidden" && frappe.model.can_create("Service Customer")) {
			new_customer_from_call(call, number_display || number, name);
		}
	}

	// Alt and the letter act on the pop-up with the focus, else on the oldest; inside a pop-up the letter is enough.
	bind_keys() {
		window.addEventListener(
			"keydown",
			(event) => {
				if (!this.entries.size || event.ctrlKey || event.metaKey || event.shiftKey) return;
				const focused = event.target.closest && event.target.closest(".call-popup");
				const action = event.code === "Escape" && focused ? "dismiss" : SHORTCUTS[event.code];
				if (!action || !(event.altKey || focused)) return;
				event.preventDefault();
				event.stopImmediatePropagation();
				this.target(focused).view.press(action);
			},
			true
		);
		const condition = () => this.entries.size > 0;
		const action = () => false;
		[
			["alt+n", __("Incoming call: new ticket")],
			["alt+c", __("Incoming call: open or make the customer")],
			["alt+t", __("Incoming call: take it")],
			["alt+e", __("Incoming call: end it")],
			["alt+m", __("Incoming call: leave a message")],
			["alt+x", __("Incoming call: close the pop-up")],
		].forEach(([shortcut, description]) =>
			frappe.ui.keys.add_shortcut({ shortcut, description, condition, action })
		);
	}

	// A call that is still on comes before those that are over.
	target(element) {
		const entries = this.in_order();
		return (
			entries.find((entry) => entry.view.element === element) ||
			entries.find((entry) => entry.call.state === "Ringing" && !this.is_waiting(entry)) ||
			entries.find((entry) => ACTIVE.includes(entry.call.state)) ||
			entries[0]
		);
	}

	in_order() {
		return [...this.entries.values()].sort((a, b) => a.started - b.started);
	}
}

$(document).on("app_ready", () => {
	if (!frappe.model.can_read("Service Call")) return;
	aftersales.call_popups = new CallPopups();
	aftersales.call_popups.start();
});
