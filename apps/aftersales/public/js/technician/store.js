// What the phone keeps: the day as it was last loaded, drafts, and actions that are not sent yet. Each action has a key of its own,
// under which the server takes it once, however often it is sent.
(() => {
	"use strict";
	const body = document.body;
	const words = JSON.parse(body.dataset.words || "{}");
	const prefix = `aftersales-technician:${body.dataset.user}:`;
	const API = "/api/method/aftersales.field_service";
	let csrf = body.dataset.csrf;
	let sending = null;

	const say = (name, value) => (words[name] ?? name).replace("{0}", value ?? "");
	const read = (name, otherwise) => {
		try {
			return JSON.parse(localStorage.getItem(prefix + name)) ?? otherwise;
		} catch {
			return otherwise;
		}
	};
	const write = (name, value) => localStorage.setItem(prefix + name, JSON.stringify(value));
	const drop = (name) => localStorage.removeItem(prefix + name);
	const tell = (type, detail) => document.dispatchEvent(new CustomEvent(type, { detail }));
	const pad = (number) => String(number).padStart(2, "0");
	const clock = (day) =>
		`${day.getFullYear()}-${pad(day.getMonth() + 1)}-${pad(day.getDate())} ${pad(day.getHours())}:${pad(
			day.getMinutes()
		)}:${pad(day.getSeconds())}`;

	// The site's clock: the phone's may go wrong or stand in another zone.
	let ahead = read("ahead", 0);
	const now = () => clock(new Date(Date.now() + ahead));

	function message_of(answer) {
		try {
			const said = JSON.parse(answer._server_messages || "[]").map((row) => JSON.parse(row).message);
			const text = said.join(" ") || answer.exception?.split(": ").slice(1).join(": ") || "";
			return new DOMParser().parseFromString(text, "text/html").body.textContent;
		} catch {
			return "";
		}
	}

	async function call(method, { post, args }) {
		const query = new URLSearchParams(args);
		const answer = await fetch(`${API}.${method}${post ? "" : `?${query}`}`, {
			method: post ? "POST" : "GET",
			credentials: "same-origin",
			headers: { Accept: "application/json", ...(post ? { "X-Frappe-CSRF-Token": csrf } : {}) },
			body: post ? query : undefined,
		});
		const content = await answer.json().catch(() => ({}));
		return { status: answer.status, content };
	}

	/** Load the day; without a connection the one that was kept is shown. */
	async function load() {
		try {
			const { status, content } = await call("phone.today_of_mine", { args: {} });
			// Signed out, or no technician any more: the page itself says so. What is not sent yet stays on the phone.
			if (status === 401 || status === 403) return location.reload();
			if (status === 200) {
				csrf = content.message.csrf_token || csrf;
				delete content.message.csrf_token;
				ahead = Date.parse(content.message.now.replace(" ", "T")) - Date.now();
				write("ahead", ahead);
				write("day", content.message);
				tell("phone:day");
				return send();
			}
		} catch {
			// no connection
		}
		tell("phone:net");
	}

	/** Do something: keep it, show it as done, and send it as soon as it goes. */
	function act(order, action, values = {}) {
		const queue = read("queue", []);
		// Pages without encryption have no randomUUID.
		const key = crypto.randomUUID?.() || `${Date.now()}-${Math.random().toString(36).slice(2)}-key`;
		queue.push({ key, order, action, at: now(), values });
		try {
			write("queue", queue);
		} catch {
			tell("phone:full");
			return false;
		}
		tell("phone:day");
		send();
		return true;
	}

	/** Send what is kept, in order; one at a time, so that nothing overtakes what it builds upon. */
	function send() {
		sending ||= send_all().finally(() => {
			sending = null;
			tell("phone:net");
		});
		return sending;
	}

	async function send_all() {
		for (let queue = read("queue", []); queue.length && !queue[0].refused; queue = read("queue", [])) {
			const { values, refused, ...action } = queue[0];
			let answer;
			try {
				answer = await call("phone_actions.act", { post: true, args: { ...action, values: JSON.stringify(values) } });
			} catch {
				return; // no connection; the browser says when there is one again
			}
			if (answer.status === 400 && /CSRF/.test(answer.content.exc_type || "")) {
				const fresh = await call("phone.today_of_mine", { args: {} });
				if (!fresh.content.message?.csrf_token || fresh.content.message.csrf_token === csrf) return;
				csrf = fresh.content.message.csrf_token;
				continue;
			}
			const barred = answer.status === 401 || answer.status === 403;
			if (barred && (await call("phone.today_of_mine", { args: {} })).status !== 200) return; // signed out
			if (answer.status === 200) take(action, answer.content.message.order);
			else if (answer.status < 500 && answer.status !== 429) refuse(action.key, message_of(answer.content));
			else return; // the server is busy or being repaired; tried again later
		}
	}

	function take(action, order) {
		write("queue", read("queue", []).filter((row) => row.key !== action.key));
		const day = read("day", null);
		const index = day?.orders.findIndex((row) => row.name === order.name) ?? -1;
		if (index >= 0) day.orders[index] = order;
		if (day) write("day", day);
		if (["done", "to-be-continued"].includes(action.action)) drop(`draft:${order.name}`);
		tell("phone:day");
	}

	function refuse(key, text) {
		write(
			"queue",
			read("queue", []).map((row) => (row.key === key ? { ...row, refused: text || "?" } : row))
		);
		tell("phone:day");
	}

	/** What the server refused is thrown away, or sent again. */
	function settle(again) {
		const [first, ...rest] = read("queue", []);
		if (!first?.refused) return;
		delete first.refused;
		write("queue", again ? [first, ...rest] : rest);
		tell("phone:day");
		load();
	}

	/** The day with what is kept done to it, as the server will do it. */
	function day() {
		const kept = read("day", { orders: [], stock: [] });
		for (const { order, action, at, values, key, refused } of read("queue", [])) {
			const row = kept.orders.find((one) => one.name === order);
			if (!row || refused) continue;
			row.unsent = true;
			if (action === "received") row.received_at ||= at;
			if (action === "departed") row.departed_at = at;
			if (action === "arrived") row.arrived_at = at;
			if (action === "done") row.completed_at = at;
			if (["to-be-continued", "awaiting-parts"].includes(action)) row.put_off = true;
			if (action === "part-added") {
				const part = kept.stock.find((one) => one.spare_part === values.spare_part);
				row.parts.push({ ...values, name: key, part_name: part?.part_name, unsent: true });
			}
			if (action === "part-removed") row.parts = row.parts.filter((part) => part.name !== values.row);
			if (action === "picture-added") row.pictures.push({ image: `data:image/jpeg;base64,${values.content}`, unsent: true });
		}
		return kept;
	}

	window.addEventListener("online", load);
	setInterval(() => read("queue", []).length && send(), 20_000);

	window.phone = {
		act,
		day,
		draft: (order) => read(`draft:${order}`, {}),
		keep_draft: (order, values) => write(`draft:${order}`, values),
		load,
		now,
		queue: () => read("queue", []),
		say,
		settle,
	};
})();
