// Keeps realtime standing on every Desk. Frappe's client gives up after three attempts, and at once when it is refused,
// for example while the site restarts; telephone calls, notices and boards would be silent until somebody reloads.
const WATCH_MS = 5000;
const LONGEST_MS = 60_000;

class Connection {
	constructor(socket) {
		Object.assign(this, { socket, given_up: false, wait: WATCH_MS, next: 0 });
		socket.on("connect", () => (this.wait = WATCH_MS));
		socket.io.on("reconnect_failed", () => (this.given_up = true));
		setInterval(() => this.watch(), WATCH_MS);
	}

	watch() {
		const refused = !this.socket.active;
		if (!(refused || this.given_up) || Date.now() < this.next) return;
		this.given_up = false;
		this.socket.connect();
		// Longer each time and not all Desks at once: the site may be busy with nothing else than refusing them.
		this.next = Date.now() + this.wait * (0.5 + Math.random() / 2);
		this.wait = Math.min(this.wait * 2, LONGEST_MS);
	}
}

$(document).on("app_ready", () => frappe.realtime.socket && new Connection(frappe.realtime.socket));
