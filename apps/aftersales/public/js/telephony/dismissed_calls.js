// Which calls this user closed, shared by all tabs of the browser and remembered over a reload.
const KEEP_MS = 6 * 60 * 60 * 1000;

export class DismissedCalls {
	constructor(on_dismiss) {
		this.key = `aftersales_dismissed_calls:${frappe.session.user}`;
		this.on_dismiss = on_dismiss;
		if (window.BroadcastChannel) {
			this.channel = new BroadcastChannel(this.key);
			this.channel.onmessage = (event) => this.on_dismiss(event.data);
		}
	}

	add(call) {
		const calls = this.read();
		calls[call] = Date.now();
		try {
			localStorage.setItem(this.key, JSON.stringify(calls));
		} catch {
			// Full or forbidden storage: the call is closed for the open tabs only.
		}
		if (this.channel) this.channel.postMessage(call);
		this.on_dismiss(call);
	}

	has(call) {
		return call in this.read();
	}

	read() {
		try {
			const calls = JSON.parse(localStorage.getItem(this.key)) || {};
			const recent = Object.entries(calls).filter(([, time]) => time > Date.now() - KEEP_MS);
			return Object.fromEntries(recent);
		} catch {
			return {};
		}
	}
}
