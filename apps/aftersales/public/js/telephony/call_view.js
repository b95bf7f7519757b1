// One pop-up. Everything shown is set as text, never as HTML: names and numbers come from strangers.
const OPEN_SHOWN = 2;
const ROWS_SHOWN = 3;
// The number comes between the first two rings, of some devices with the second: until then it is not missing.
const NUMBER_FOLLOWS_MS = 8000;
// What callers want (S2.07); each starts the document with the course that belongs to it.
const SERVICES = ["Repair", "Installation", "Enquiry", "Complaint", "Praise"];

function make(tag, class_name, text) {
	const element = document.createElement(tag);
	if (class_name) element.className = class_name;
	if (text) element.textContent = text;
	return element;
}

function link(doctype, name, text, title) {
	const element = make("a", "", text);
	element.href = frappe.utils.get_form_link(doctype, name);
	if (title) element.title = title;
	return element;
}

// What a module offers beside what it tells: a name that hangs below aftersales.call_actions.
function section_button(action) {
	const button = make("button", "btn btn-xs btn-default", action.label);
	button.type = "button";
	button.addEventListener("click", () => aftersales.call_actions[action.name](action));
	return button;
}

function joined(elements) {
	return elements.flatMap((element, index) => (index ? [" · ", element] : [element]));
}

function clock(milliseconds) {
	const seconds = Math.max(0, Math.floor(milliseconds / 1000));
	const minutes = String(Math.floor(seconds / 60)).padStart(2, "0");
	return `${minutes}:${String(seconds % 60).padStart(2, "0")}`;
}

// The time of today's calls, the date of others.
function short_time(datetime) {
	const [date, time] = datetime.split(" ");
	return date === frappe.datetime.now_date() ? time.slice(0, 5) : frappe.datetime.str_to_user(date);
}

export class CallView {
	constructor(actions) {
		this.actions = actions;
		this.element = make("article", "call-popup");
		this.element.setAttribute("role", "group");
		this.head = make("div", "call-popup-head");
		this.body = make("div", "call-popup-body");
		this.footer = make("div", "call-popup-actions");
		this.services = make("div", "call-popup-services");
		this.element.append(this.head, this.body, this.footer, this.services);
		this.make_head();
		this.make_buttons();
		this.make_services();
	}

	make_head() {
		this.icon = make("span", "call-popup-icon", "☎");
		this.icon.setAttribute("aria-hidden", "true");
		this.line = make("span", "call-popup-line");
		this.waiting = make("span", "call-popup-waiting", __("Call Waiting"));
		this.number = make("span", "call-popup-number");
		this.kind = make("span", "call-popup-kind");
		this.timer = make("span", "call-popup-timer");
		this.head.append(this.icon, this.waiting, this.line, this.number, this.kind, this.timer);
	}

	make_buttons() {
		this.buttons = {
			new_ticket: this.button("btn-primary", __("New Ticket"), "N", "new_ticket"),
			customer: this.button("btn-default", "", "C", "customer"),
			take: this.button("btn-default", __("Take Call"), "T", "take"),
			finish: this.button("btn-default", __("End Call"), "E", "finish"),
			message: this.button("btn-default", __("Message", null, "Caller Message"), "M", "message"),
			dismiss: this.button("call-popup-dismiss", "×", "X", "dismiss"),
		};
		const { dismiss, ...others } = this.buttons;
		dismiss.setAttribute("aria-label", __("Close"));
		this.head.append(dismiss);
		this.footer.append(...Object.values(others));
	}

	make_services() {
		if (!frappe.model.can_create("Service Ticket")) return;
		this.services.append(
			...SERVICES.map((record_type) => {
				const button = make("button", "btn btn-xs btn-default", __(record_type));
				button.type = "button";
				button.dataset.service = record_type;
				button.title = __("New {0}", [__(record_type)]);
				button.addEventListener("click", () => this.actions.service(record_type));
				return button;
			})
		);
	}

	button(class_name, label, key, action) {
		const button = make("button", `btn btn-xs ${class_name}`);
		button.type = "button";
		button.dataset.action = action;
		button.append(make("span", "", label), " ", make("span", "call-popup-key", key));
		button.title = __("Shortcut: {0}", [`Alt+${key}`]);
		button.setAttribute("aria-keyshortcuts", `Alt+${key}`);
		button.addEventListener("click", () => this.actions[action]());
		return button;
	}

	// What a shortcut does: the same as the button, and nothing where there is none.
	press(action) {
		if (!this.buttons[action].hidden) this.actions[action]();
	}

	// Buttons stay the same elements, so that a click or the focus is never lost to an update.
	render(entry, { compact, target, waiting }) {
		const { call } = entry;
		this.element.dataset.call = call.call;
		this.element.dataset.state = call.state;
		this.element.classList.toggle("compact", compact);
		this.element.classList.toggle("target", target);
		this.element.classList.toggle("waiting", waiting);
		this.waiting.hidden = !waiting;
		this.element.classList.toggle("leaving", !!call.agent && call.agent !== frappe.session.user);
		this.element.setAttribute("aria-label", this.caller_text(call));
		this.line.textContent = call.line_title || "";
		this.kind.textContent = this.kind_text(call);
		this.kind.hidden = !this.kind.textContent;
		this.tick(entry);
		this.body.replaceChildren(...this.rows(call, entry.history).filter(Boolean));
		this.render_buttons(call);
	}

	render_buttons(call) {
		const { new_ticket, customer, take, finish, message } = this.buttons;
		const known = !!call.card.docname;
		const others = { Dealer: __("Open Dealer"), Contact: __("Open Contact") };
		new_ticket.hidden = !frappe.model.can_create("Service Ticket");
		customer.firstChild.textContent = known
			? others[call.card.doctype] || __("Open Customer")
			: __("New Customer");
		customer.hidden =
			!known && (call.match === "hidden" || !frappe.model.can_create("Service Customer"));
		take.hidden = !!call.agent || !["Ringing", "Answered", "Unknown"].includes(call.state);
		finish.hidden = call.agent !== frappe.session.user || call.state !== "Answered";
		message.hidden = !frappe.model.can_create("Caller Message");
		// The row of services is for who speaks with the caller.
		this.services.hidden = Boolean(call.agent) && call.agent !== frappe.session.user;
	}

	tick({ call, started }) {
		const age = Date.now() - started;
		const ringing = call.state === "Ringing";
		this.timer.textContent = ringing ? __("Ringing {0}", [clock(age)]) : this.state_text(call);
		const may_follow = ringing && call.presentation === "unavailable" && age < NUMBER_FOLLOWS_MS;
		this.number.textContent = may_follow ? "…" : this.number_text(call);
	}

	state_text(call) {
		if (call.agent === frappe.session.user && call.state === "Answered") return __("Answered by you");
		if (call.agent && call.agent !== frappe.session.user) {
			return __("Answered by {0}", [call.agent_name || call.agent]);
		}
		return {
			Answered: __("Answered"),
			Ended: __("Ended"),
			Missed: __("Missed"),
			Unknown: __("Ringing stopped"),
		}[call.state];
	}

	number_text(call) {
		if (call.presentation === "restricted") return __("Number withheld");
		if (call.presentation === "unavailable") return __("Number not available");
		return call.number_display || call.number || "…";
	}

	kind_text({ number_kind, country }) {
		if (number_kind === "internal") return __("Internal");
		if (number_kind === "service") return __("Service Number");
		if (number_kind !== "foreign") return "";
		try {
			return new Intl.DisplayNames([frappe.boot.lang], { type: "region" }).of(country) || __("Foreign");
		} catch {
			return __("Foreign");
		}
	}

	caller_text(call) {
		return [this.number_text(call), call.name].filter(Boolean).join(" ");
	}

	rows(call, history) {
		return [
			this.identity(call, history),
			this.warning(call.card),
			this.details(call.card, history),
			...this.open_tickets(history),
			...this.sections(history),
			this.recent(history),
		];
	}

	identity(call, history) {
		const row = make("div", "call-popup-identity");
		if (call.match === "sure") {
			row.append(...this.known_caller(call.card));
		} else if (call.match === "hidden") {
			row.append(make("span", "text-muted", __("A known caller whose record you may not see")));
		} else if (call.match === "maybe") {
			row.append(...this.maybe_callers(history));
		} else if (call.number_kind === "internal") {
			row.append(make("strong", "", (history && history.colleague) || call.name || __("Internal call")));
		} else if (call.number) {
			row.append(make("strong", "", call.name || __("New caller")));
			if (call.name) row.append(make("span", "text-muted", ` · ${__("New caller")}`));
		} else {
			return null;
		}
		return row;
	}

	known_caller(card) {
		const name = make("strong", "", card.person ? `${card.person} (${card.name})` : card.name);
		const parts = [name];
		if (card.organisation) parts.push(make("span", "", card.organisation));
		if (card.doctype === "Dealer") parts.push(make("span", "text-muted", __("Dealer")));
		const member = [card.vip_level && __(card.vip_level), card.member_no].filter(Boolean).join(" ");
		const badge = make("span", "call-popup-member", member || __("Gold Customer"));
		if (card.gold_customer) badge.prepend("★ ");
		return member || card.gold_customer ? [...joined(parts), " ", badge] : joined(parts);
	}

	maybe_callers(history) {
		const candidates = (history && history.candidates) || [];
		const label = candidates.length
			? __("Maybe one of {0}:", [candidates.length])
			: __("Maybe a known caller");
		return [make("span", "text-muted", label), " ", ...joined(candidates.map((c) => this.candidate(c)))];
	}

	candidate(candidate) {
		if (candidate.doctype !== "Service Customer") {
			return link(candidate.doctype, candidate.docname, candidate.name);
		}
		const button = make("button", "btn btn-link btn-xs call-popup-candidate", candidate.name);
		button.type = "button";
		button.title = __("This is the caller");
		button.addEventListener("click", () => this.actions.choose(candidate.docname));
		return button;
	}

	warning(card) {
		if (!card.black_listed) return null;
		return make("div", "call-popup-warning", `⚠ ${__("Black-listed: {0}", [card.black_list_reason || ""])}`);
	}

	details(card, history) {
		const texts = [
			card.account_owner && __("Account owner: {0}", [card.account_owner]),
			card.email,
			history && history.address,
			history && history.phones && history.phones.length > 1 && __("Phones: {0}", [history.phones.join(", ")]),
			card.purchase_intention && __("Intends to buy: {0}", [card.purchase_intention]),
		].filter(Boolean);
		return texts.length ? make("div", "call-popup-details text-muted", texts.join(" · ")) : null;
	}

	open_tickets(history) {
		const tickets = ((history && history.tickets) || []).filter((ticket) => !ticket.completed);
		if (!tickets.length) return [];
		const label = make("div", "call-popup-open");
		label.append(make("strong", "", __("Open: {0}", [history.open_tickets])));
		const rows = tickets.slice(0, OPEN_SHOWN).map((ticket) => {
			const row = make("div", "call-popup-ticket");
			const what = ticket.question || ticket.product_name || __(ticket.record_type);
			row.append(link("Service Ticket", ticket.name, ticket.name), ` ${what} `);
			row.append(make("span", "text-muted", `(${__(ticket.status)})`));
			row.title = what;
			return row;
		});
		return [label, ...rows];
	}

	// What modules tell of the caller: complaints, follow-ups, purchases and so on; what is open stands out.
	sections(history) {
		return ((history && history.sections) || []).map((section) => {
			const element = make("div", "call-popup-section");
			element.dataset.section = section.key;
			const count = section.more ? `${section.count}+` : section.count;
			const rows = section.rows.slice(0, ROWS_SHOWN).map((row) => {
				const day = row.date ? frappe.datetime.str_to_user(row.date) : "";
				const anchor = link(row.doctype, row.name, [row.text, day].filter(Boolean).join(" "));
				anchor.title = [row.state && __(row.state), row.title].filter(Boolean).join(" · ");
				if (row.open) anchor.classList.add("call-popup-still-open");
				return anchor;
			});
			element.append(make("span", "text-muted", `${section.label} ${count}: `), ...joined(rows));
			if (section.action) element.append(" ", section_button(section.action));
			return element;
		});
	}

	recent(history) {
		if (!history || !history.calls) return null;
		const tickets = history.tickets
			.filter((ticket) => ticket.completed)
			.slice(0, 3)
			.map((ticket) =>
				link(
					"Service Ticket",
					ticket.name,
					`${__(ticket.record_type)} ${frappe.datetime.str_to_user(ticket.creation_date)}`,
					ticket.question
				)
			);
		const calls = history.calls
			.slice(0, 3)
			.map((call) =>
				link(
					"Service Call",
					call.name,
					`☎ ${short_time(call.started_at)}`,
					[__(call.state), call.agent_name].filter(Boolean).join(" · ")
				)
			);
		if (!tickets.length && !calls.length) return null;
		const row = make("div", "call-popup-recent");
		row.append(make("span", "text-muted", `${__("Recent")}: `), ...joined([...tickets, ...calls]));
		return row;
	}
}
