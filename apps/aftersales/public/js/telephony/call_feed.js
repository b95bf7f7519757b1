// Brings calls to this tab: through realtime, and by asking the site on load, after each reconnection and while
// realtime is down, so that a call is never missed because of it.
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
		if (this.socket) {
			this.socket.on("connect", () => this.ask());
		}
		setInterval(() => this.watch(), POLL_MS);
		this.ask();
	}

	// Frappe's client gives up after three attempts; a telephone must not stay silent because of that.
	watch() {
		if (!this.has_lines || (this.socket && this.socket.connected)) return;
		if (this.socket && !this.socket.active) this.socket.connect();
		if (!document.hidden) this.ask();
	}

	async ask() {
		if (this.asking) return;
		this.asking = true;
		try {
			const response = await fetch(this.url(), {
				headers: { Accept: "application/json", "X-Frappe-CSRF-Token": frappe.csrf_token },
			});
			// A failed question is asked again by `watch` or on the next connection; no dialog about it.
			if (!response.ok) return;
			const { message } = await response.json();
			this.has_lines = message.lines > 0;
			this.on_settings(message);
			message.calls.forEach((call) => this.on_call(call));
		} catch {
			return;
		} finally {
			this.asking = false;
		}
	}

	url() {
		const shown = encodeURIComponent(JSON.stringify(this.shown().slice(0, 50)));
		return `/api/method/aftersales.telephony.api.popup_state?shown=${shown}`;
	}
}
