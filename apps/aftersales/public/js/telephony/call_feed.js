// Brings calls to this tab: through realtime, and by asking the site on load, after each reconnection and while
// realtime is down, so that a call is never missed because of it.
import { ask } from "./ask";

const EVENT = "aftersales_call";
const POLL_MS = 5000;

export class CallFeed {
	constructor({ on_call, on_settings, shown }) {
		Object.assign(this, { on_call, on_settings, shown });
		this.has_lines = false;
	}

	start() {
		frappe.realtime.on(EVENT, (message) => this.on_call(message));
		this.socket = frappe.realtime.socket;
		this.socket?.on("connect", () => this.ask());
		setInterval(() => this.watch(), POLL_MS);
		this.ask();
	}

	watch() {
		if (!this.has_lines || this.socket?.connected || document.hidden) return;
		this.ask();
	}

	async ask() {
		if (this.asking) return;
		this.asking = true;
		const shown = JSON.stringify(this.shown().slice(0, 50));
		const state = await ask("aftersales.telephony.api.popup_state", { shown });
		this.asking = false;
		if (!state) return;
		this.has_lines = state.lines > 0;
		this.on_settings(state);
		state.calls.forEach((call) => this.on_call(call));
	}
}
