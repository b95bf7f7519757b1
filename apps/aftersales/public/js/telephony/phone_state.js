// Whether I take calls: a control in the navigation bar, the same in all my open Desks. Times come from the site as
// seconds, so the clock of this computer does not matter.
import { ask } from "./ask";

const EVENT = "aftersales_phone_state";
const SET = "aftersales.telephony.api.set_my_phone_state";

function make(tag, class_name, text) {
	const element = document.createElement(tag);
	if (class_name) element.className = class_name;
	if (text) element.textContent = text;
	return element;
}

function clock(milliseconds) {
	const seconds = Math.max(0, Math.floor(milliseconds / 1000));
	return `${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}`;
}

export class PhoneState {
	constructor({ on_change, finish }) {
		Object.assign(this, { on_change, finish });
		this.state = { do_not_disturb: false, extension: "", in_call: null };
	}

	start() {
		frappe.realtime.on(EVENT, () => this.ask());
		setInterval(() => this.tick(), 1000);
	}

	async ask() {
		const state = await ask("aftersales.telephony.api.my_phone_state", {});
		if (state) this.set(state);
	}

	// From the answer to any question; `lines` says whether there is anything to control.
	set(state, lines) {
		const before = this.state;
		this.state = state;
		const now = Date.now();
		this.quiet_until = state.seconds_left === null ? null : now + state.seconds_left * 1000;
		this.talking_since = state.seconds_in_call === null ? null : now - state.seconds_in_call * 1000;
		if (lines !== undefined) this.lines = lines;
		if (this.lines && frappe.model.can_create("Agent Phone State")) this.make();
		this.render();
		if (before.do_not_disturb !== state.do_not_disturb || before.in_call !== state.in_call) this.on_change(before);
	}

	quiet() {
		return this.state.do_not_disturb && (!this.quiet_until || this.quiet_until > Date.now());
	}

	in_call() {
		return this.state.in_call;
	}

	tick() {
		// It ends by itself here at the moment at which it ends on the site.
		if (this.state.do_not_disturb && !this.quiet()) this.set({ ...this.state, do_not_disturb: false, seconds_left: null });
		this.render_text();
	}

	make() {
		const place = document.querySelector(".navbar .dropdown-notifications");
		if (this.element || !place) return;
		this.element = make("li", "nav-item dropdown as-phone-state");
		this.button = make("button", "btn-reset nav-link as-phone-button");
		Object.assign(this.button, { type: "button" });
		this.button.dataset.toggle = "dropdown";
		this.button.setAttribute("aria-haspopup", "true");
		this.dot = make("span", "indicator");
		this.text = make("span", "as-phone-text");
		this.button.append(this.dot, this.text);
		this.menu = make("div", "dropdown-menu dropdown-menu-right");
		this.menu.setAttribute("role", "menu");
		this.element.append(this.button, this.menu);
		place.before(this.element);
	}

	render() {
		if (!this.element) return;
		const quiet = this.quiet();
		this.dot.className = `indicator ${this.in_call() ? "green" : quiet ? "red" : "blue"}`;
		const items = [
			this.in_call() && this.item("finish", __("End Call"), () => this.finish(this.in_call())),
			quiet && this.item("available", __("Take Calls Again"), () => this.change({ do_not_disturb: 0 })),
			this.item("dnd-15", __("Do Not Disturb for {0} Minutes", [15]), () => this.disturb_not(15)),
			this.item("dnd-60", __("Do Not Disturb for {0} Minutes", [60]), () => this.disturb_not(60)),
			this.item("dnd", __("Do Not Disturb until I Say So"), () => this.disturb_not(0)),
			make("div", "dropdown-divider"),
			this.item(
				"extension",
				this.state.extension ? __("Telephone: {0}", [this.state.extension]) : __("My Telephone..."),
				() => this.ask_extension()
			),
		];
		this.menu.replaceChildren(...items.filter(Boolean));
		this.render_text();
	}

	render_text() {
		if (!this.element) return;
		this.text.textContent = this.said();
		this.button.setAttribute("aria-label", __("Telephone: {0}", [this.said()]));
		this.button.title = this.button.getAttribute("aria-label");
	}

	said() {
		if (this.in_call()) {
			return this.talking_since ? __("In Call {0}", [clock(Date.now() - this.talking_since)]) : __("In Call");
		}
		if (!this.quiet()) return __("Available");
		if (!this.quiet_until) return __("Do Not Disturb");
		return __("Do Not Disturb {0}", [clock(this.quiet_until - Date.now())]);
	}

	item(name, label, action) {
		const item = make("button", "dropdown-item", label);
		item.type = "button";
		item.dataset.name = name;
		item.addEventListener("click", action);
		return item;
	}

	disturb_not(minutes) {
		return this.change({ do_not_disturb: 1, minutes });
	}

	async change(values) {
		this.set(await frappe.xcall(SET, values));
	}

	ask_extension() {
		frappe.prompt(
			{
				fieldname: "extension",
				fieldtype: "Data",
				label: __("Extension"),
				default: this.state.extension,
				description: __(
					"The telephone that you sit at, as the exchange calls it, for example 8001. Calls answered there count as yours."
				),
			},
			({ extension }) => this.change({ extension: extension || "" }),
			__("My Telephone"),
			__("Save")
		);
	}
}
