"use strict";
// The page of an emergency snapshot. It runs from a file, without any server: no import, no request, no library.
(() => {
	const SHOWN = 100; // rows at a time
	const STORE = "aftersales-offline";
	const about = JSON.parse(document.getElementById("about").textContent);
	const loaded = {};
	const state = {
		language: remembered("language") || (navigator.language.startsWith("zh") ? "zh" : "en"),
		theme: remembered("theme") || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"),
		tab: about.parts[0].key,
		query: "",
		shown: SHOWN,
		form: null, // what is being written down
	};

	function __(text) {
		return about.words[state.language][text] || text;
	}

	// A private window or a strict browser gives a file no storage; then only this sitting remembers.
	function remembered(key) {
		try {
			return localStorage.getItem(`${STORE}-${key}`);
		} catch (error) {
			return null;
		}
	}

	function remember(key, value) {
		try {
			localStorage.setItem(`${STORE}-${key}`, value);
			return true;
		} catch (error) {
			return false;
		}
	}

	function element(tag, attributes = {}, ...children) {
		const node = document.createElement(tag);
		for (const [name, value] of Object.entries(attributes)) {
			if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
			else if (value !== null && value !== undefined && value !== false)
				node.setAttribute(name, value === true ? "" : value);
		}
		node.append(...children.filter((child) => child !== null && child !== undefined));
		return node;
	}

	// ---- data ----

	function part(key) {
		return about.parts.find((one) => one.key === key);
	}

	function lines(key) {
		if (!loaded[key]) {
			const text = document.getElementById(`part-${key}`).textContent.trim();
			const all = text ? text.split("\n") : [];
			loaded[key] = { all, lower: all.map((line) => line.toLowerCase()), digits: {} };
		}
		return loaded[key];
	}

	// Telephone numbers are found however they are written.
	function digits(key, index) {
		const data = lines(key);
		if (data.digits[index] === undefined) {
			const row = JSON.parse(data.all[index]);
			data.digits[index] = part(key)
				.phones.map((column) => row[column].replace(/\D/g, ""))
				.join(" ");
		}
		return data.digits[index];
	}

	function terms(query) {
		return query.toLowerCase().split(/\s+/).filter(Boolean);
	}

	// A term as it stands inside a line of JSON.
	function escaped(term) {
		return JSON.stringify(term).slice(1, -1).replaceAll("<", "\\u003c");
	}

	function find(key, query) {
		const data = lines(key);
		const wanted = terms(query).map(escaped);
		const number = query.replace(/[\s\-()+/]/g, "");
		const by_number = part(key).phones.length && /^\d{4,}$/.test(number);
		const found = [];
		for (let index = 0; index < data.all.length; index++) {
			const line = data.lower[index];
			if (wanted.every((term) => line.includes(term)) || (by_number && digits(key, index).includes(number))) {
				found.push(index);
			}
		}
		return found;
	}

	// ---- what was written down ----

	function entries() {
		if (!state.entries) {
			try {
				state.entries = JSON.parse(remembered("entries") || "[]");
			} catch (error) {
				state.entries = [];
			}
		}
		return state.entries;
	}

	function keep(list) {
		state.entries = list;
		if (!remember("entries", JSON.stringify(list))) {
			alert(__("This browser keeps nothing for files. Download the file before you close the page."));
		}
	}

	function new_id() {
		const bytes = crypto.getRandomValues(new Uint8Array(8));
		return "OFF-" + Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
	}

	function now() {
		const time = new Date();
		const two = (number) => String(number).padStart(2, "0");
		return (
			`${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ` +
			`${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`
		);
	}

	const TICKET_COLUMNS = [
		"offline_id",
		"record_type",
		"urgency",
		"channel",
		"customer",
		"customer_name",
		"organisation",
		"contact_phone",
		"question",
		"handling",
		"remarks",
		"creation_date",
		"acceptance_date",
	];
	const NOTE_COLUMNS = ["offline_id", "ticket", "note", "noted_by", "noted_at"];

	function ticket_row(entry) {
		const day = entry.time.slice(0, 10);
		const remarks = `${__("Written down offline")}: ${entry.time}${entry.by ? " · " + entry.by : ""}`;
		return { ...entry, offline_id: entry.id, remarks, creation_date: day, acceptance_date: day, channel: "Phone" };
	}

	function note_row(entry) {
		return { ...entry, offline_id: entry.id, noted_by: entry.by, noted_at: entry.time };
	}

	function csv(columns, rows) {
		const cell = (value) => `"${String(value || "").replaceAll('"', '""')}"`;
		return [columns, ...rows.map((row) => columns.map((column) => row[column]))]
			.map((row) => row.map(cell).join(","))
			.join("\r\n");
	}

	function download(kind) {
		const chosen = entries().filter((entry) => entry.kind === kind);
		const text =
			kind === "ticket" ? csv(TICKET_COLUMNS, chosen.map(ticket_row)) : csv(NOTE_COLUMNS, chosen.map(note_row));
		const url = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
		const stamp = now().replace(/\D/g, "").slice(0, 12);
		const link = element("a", { href: url, download: `aftersales-${kind}s-${stamp}.csv` });
		document.body.append(link);
		link.click();
		link.remove();
		setTimeout(() => URL.revokeObjectURL(url), 1000);
		keep(entries().map((entry) => (entry.kind === kind ? { ...entry, downloaded: true } : entry)));
		draw();
	}

	// ---- drawing ----

	function marked(text) {
		const wanted = terms(state.query);
		if (!wanted.length || !text) return [text];
		const pattern = wanted.map((term) => term.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|");
		return text
			.split(new RegExp(`(${pattern})`, "gi"))
			.map((piece, index) => (index % 2 ? element("mark", {}, piece) : piece));
	}

	function draw() {
		document.documentElement.lang = state.language;
		document.documentElement.dataset.theme = state.theme;
		draw_bar();
		draw_main();
	}

	function draw_bar() {
		document.getElementById("title").textContent = __("Emergency Snapshot");
		document.getElementById("taken").textContent = `${__("Taken on")} ${about.taken_on.slice(0, 16)} · ${about.site}`;
		document.getElementById("warning").textContent = __(
			"This page holds personal data. Keep it safe, and delete it when a newer one is there."
		);
		document.getElementById("language").textContent = state.language === "zh" ? "English" : "中文";
		document.getElementById("theme").textContent = state.theme === "dark" ? __("Light") : __("Dark");
		const search = document.getElementById("search");
		search.placeholder = __("Search everything: name, telephone number, question …");
		search.setAttribute("aria-label", search.placeholder);
		const tab = (key, text, count) =>
			element(
				"button",
				{
					type: "button",
					role: "tab",
					"data-tab": key,
					"aria-selected": String(state.tab === key),
					onclick: () => open_tab(key),
				},
				`${text} (${count})`
			);
		document.getElementById("tabs").replaceChildren(
			...about.parts.map((one) => {
				const count = state.query ? find(one.key, state.query).length : lines(one.key).all.length;
				return tab(one.key, __(one.title), count);
			}),
			tab("written", __("Written Down"), entries().length)
		);
	}

	function open_tab(key) {
		Object.assign(state, { tab: key, shown: SHOWN });
		draw();
	}

	function draw_main() {
		const main = document.getElementById("main");
		main.replaceChildren(...(state.tab === "written" ? written() : results()));
	}

	function results() {
		const found = find(state.tab, state.query);
		const open = Boolean(state.query) && found.length <= 5;
		const nodes = found.slice(0, state.shown).map((index) => row_node(part(state.tab), index, open));
		if (!found.length) nodes.push(element("p", { class: "faint" }, __("Nothing found.")));
		if (found.length > state.shown) {
			const more = () => {
				state.shown += SHOWN;
				draw_main();
			};
			nodes.push(
				element("button", { type: "button", onclick: more }, `${__("Show more")} (${found.length - state.shown})`)
			);
		}
		return nodes;
	}

	function row_node(one, index, open) {
		const row = JSON.parse(lines(one.key).all[index]);
		const shown = row.map((value, column) => (one.translate.includes(column) ? __(value) : value));
		const head = shown.filter(Boolean).slice(0, 4);
		const list = element("dl");
		shown.forEach((value, column) => {
			if (value) list.append(element("dt", {}, __(one.labels[column])), element("dd", {}, ...marked(value)));
		});
		const values = Object.fromEntries(one.fields.map((name, column) => [name, row[column]]));
		const node = element(
			"details",
			{ open },
			element(
				"summary",
				{},
				element("b", {}, ...marked(head[0].slice(0, 140))),
				...head.slice(1).flatMap((value) => [element("span", { class: "faint" }, ...marked(value.slice(0, 80))), " "])
			),
			list
		);
		if (one.use === "ticket") node.append(action(__("New Ticket"), () => write_ticket(values)));
		if (one.use === "note") node.append(action(__("Add a Note"), () => write_note(values)));
		return node;
	}

	function action(text, onclick) {
		return element("div", { class: "actions" }, element("button", { type: "button", class: "main", onclick }, text));
	}

	function write_ticket(customer = {}) {
		state.form = {
			kind: "ticket",
			record_type: about.record_types[0],
			urgency: "Normal",
			customer: customer.name || "",
			customer_name: customer.customer_name || "",
			organisation: customer.organisation || "",
			contact_phone: (customer.phone || "").split(" / ")[0],
		};
		open_tab("written");
	}

	function write_note(ticket) {
		state.form = { kind: "note", ticket: ticket.name, about: ticket.customer_name || "" };
		open_tab("written");
	}

	function written() {
		const list = entries();
		const count = (kind) => list.filter((entry) => entry.kind === kind).length;
		const nodes = [
			element(
				"div",
				{ class: "actions" },
				element("button", { type: "button", id: "new-ticket", onclick: () => write_ticket() }, __("New Ticket")),
				element("span", { class: "grow" }),
				element(
					"button",
					{ type: "button", id: "download-tickets", class: "main", disabled: !count("ticket"), onclick: () => download("ticket") },
					`${__("Download Tickets")} (${count("ticket")})`
				),
				element(
					"button",
					{ type: "button", id: "download-notes", class: "main", disabled: !count("note"), onclick: () => download("note") },
					`${__("Download Notes")} (${count("note")})`
				)
			),
			element(
				"p",
				{ class: "faint" },
				__(
					"When the site is back, import the files there with Data Import: tickets into Service Ticket, notes into Offline Note. A file imported twice makes nothing twice."
				)
			),
		];
		if (state.form) nodes.push(form_node());
		for (const entry of [...list].reverse()) nodes.push(entry_node(entry));
		return nodes;
	}

	function entry_node(entry) {
		const text = entry.kind === "ticket" ? entry.question : entry.note;
		const head = entry.kind === "ticket" ? [entry.customer_name, entry.contact_phone] : [entry.ticket, entry.about];
		const remove = () => {
			if (confirm(__("Remove this entry?"))) {
				keep(entries().filter((other) => other.id !== entry.id));
				draw();
			}
		};
		return element(
			"div",
			{ class: "entry" },
			element("b", {}, head.filter(Boolean).join(" · ") || "–"),
			" ",
			element(
				"span",
				{ class: "faint" },
				`${entry.time}${entry.by ? " · " + entry.by : ""}${entry.downloaded ? " · " + __("downloaded") : ""}`
			),
			element("div", {}, text),
			element("div", { class: "actions" }, element("button", { type: "button", onclick: remove }, __("Remove")))
		);
	}

	function form_node() {
		const values = state.form;
		const choice = (options) => options.map((option) => [option, __(option)]);
		const ticket_fields = [
			["customer", __("Customer No.")],
			["customer_name", __("Customer Name")],
			["organisation", __("Organisation")],
			["contact_phone", __("Contact Phone")],
			["record_type", __("Record Type"), choice(about.record_types)],
			["urgency", __("Urgency"), choice(["Low", "Normal", "High", "Critical"])],
			["question", __("Question Content"), "wide"],
			["handling", __("What was done"), "wide"],
		];
		const note_fields = [["note", `${__("Note on ticket")} ${values.ticket}`, "wide"]];
		const fields = values.kind === "ticket" ? ticket_fields : note_fields;
		fields.push(["by", __("Your Name")]);
		values.by = values.by || remembered("by") || "";
		const required = values.kind === "ticket" ? "question" : "note";
		const controls = fields.map(([name, label, kind]) => {
			let control;
			if (Array.isArray(kind)) {
				control = element("select", { name });
				for (const [value, text] of kind) control.append(element("option", { value }, text));
			} else control = element(kind === "wide" ? "textarea" : "input", { name, required: name === required });
			control.value = values[name] || "";
			control.addEventListener("input", () => (values[name] = control.value));
			return element("label", { class: kind === "wide" ? "wide" : null }, label, control);
		});
		const save = (event) => {
			event.preventDefault();
			if (!values[required].trim()) return;
			remember("by", values.by);
			keep([...entries(), { ...values, id: new_id(), time: now() }]);
			state.form = null;
			draw();
		};
		const cancel = () => {
			state.form = null;
			draw_main();
		};
		return element(
			"form",
			{ onsubmit: save },
			element("div", { class: "fields" }, ...controls),
			element(
				"div",
				{ class: "actions" },
				element("button", { class: "main" }, __("Save")),
				element("button", { type: "button", onclick: cancel }, __("Cancel"))
			)
		);
	}

	// ---- start ----

	function build() {
		let waiting;
		const search = element("input", {
			id: "search",
			type: "search",
			autocomplete: "off",
			oninput: () => {
				clearTimeout(waiting);
				waiting = setTimeout(() => {
					Object.assign(state, { query: search.value.trim(), shown: SHOWN });
					if (state.tab === "written") state.tab = about.parts[0].key;
					if (state.query && !find(state.tab, state.query).length) {
						const other = about.parts.find((one) => find(one.key, state.query).length);
						state.tab = other ? other.key : state.tab;
					}
					draw();
				}, 150);
			},
		});
		const toggle = (key, values) => () => {
			state[key] = state[key] === values[0] ? values[1] : values[0];
			remember(key, state[key]);
			draw();
		};
		document.body.append(
			element(
				"header",
				{},
				element(
					"div",
					{ class: "top" },
					element("h1", { id: "title" }),
					element("span", { id: "taken", class: "faint" }),
					element("span", { class: "grow" }),
					element("button", { type: "button", id: "language", onclick: toggle("language", ["en", "zh"]) }),
					element("button", { type: "button", id: "theme", onclick: toggle("theme", ["light", "dark"]) })
				),
				element("p", { id: "warning", class: "warning" }),
				search,
				element("nav", { id: "tabs", role: "tablist" })
			),
			element("main", { id: "main" })
		);
		window.addEventListener("beforeunload", (event) => {
			if (state.form || entries().some((entry) => !entry.downloaded && !remembered("entries"))) {
				event.preventDefault();
			}
		});
		draw();
		search.focus();
	}

	build();
})();
