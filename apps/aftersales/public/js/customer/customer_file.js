import { esc, multiline, pill } from "../console/html";
import { Timeline } from "./timeline";

const OVERVIEW = "aftersales.aftersales.customer_file.overview";
const route_of = (name) => `/app/customer-file/${encodeURIComponent(name)}`;
const form_of = (doctype, name) =>
	`/app/${frappe.router.slug(doctype)}/${encodeURIComponent(name)}`;

/** Everything about a customer on one screen: `/app/customer-file/<name>`. */
export class CustomerFile {
	constructor(wrapper) {
		this.page = frappe.ui.make_app_page({
			parent: wrapper,
			title: __("Customer File"),
			single_column: true,
		});
		this.body = document.createElement("div");
		this.body.className = "as-file";
		this.page.main[0].append(this.body);
		this.body.addEventListener("click", (event) => this.on_click(event));
		this.body.addEventListener("keydown", (event) => this.on_key(event));
	}

	show() {
		const name = frappe.get_route()[1];
		if (!name) return this.ask_which();
		if (name === this.name) return this.load({ quiet: true });
		this.name = name;
		return this.load({ quiet: false });
	}

	ask_which() {
		this.name = null;
		this.page.clear_actions();
		this.page.set_title(__("Customer File"));
		this.body.innerHTML = `<div class="as-file-ask"><p class="text-muted">${__(
			"Whose file? Type a name, number, telephone number or member number."
		)}</p></div>`;
		frappe.ui.form.make_control({
			parent: this.body.querySelector(".as-file-ask"),
			df: {
				fieldtype: "Link",
				options: "Service Customer",
				fieldname: "customer",
				change() {
					const name = this.get_value();
					if (name) frappe.set_route("customer-file", name);
				},
			},
			render_input: true,
		});
	}

	async load({ quiet }) {
		const name = this.name;
		if (!quiet) {
			this.body.innerHTML = `<div class="as-file-wait text-muted">${__("Loading")}…</div>`;
		}
		let data;
		try {
			data = await frappe.xcall(OVERVIEW, { customer: name });
		} catch {
			if (name === this.name) {
				this.body.innerHTML = `<div class="as-file-wait">${__(
					"This customer does not exist, or you may not see them."
				)}</div>`;
			}
			return;
		}
		if (name !== this.name) return; // another customer was opened meanwhile
		this.data = data;
		this.draw();
	}

	draw() {
		const { head } = this.data;
		this.page.set_title(head.customer_name);
		this.page.set_title_sub?.(head.name);
		this.draw_actions();
		this.body.innerHTML = `
			${this.head_html()}
			<div class="as-file-columns">
				<main class="as-file-main">
					<div class="as-file-cards" role="group" aria-label="${__("Records")}">${this.cards_html()}</div>
					<div class="as-file-history"></div>
				</main>
				<aside class="as-file-side">${this.side_html()}</aside>
			</div>`;
		this.timeline = new Timeline(
			this.body.querySelector(".as-file-history"),
			this.name,
			this.data.kinds
		);
		this.timeline.load();
	}

	draw_actions() {
		this.page.clear_actions();
		this.page.clear_menu();
		this.page.clear_inner_toolbar();
		const creatable = this.data.may.create;
		for (const [doctype, label, key] of [
			["Service Ticket", __("New Ticket"), "alt+t"],
			["Customer Complaint", __("New Complaint"), "alt+c"],
			["Follow-up", __("New Follow-up"), "alt+u"],
		]) {
			if (!creatable.includes(doctype)) continue;
			const run = () => frappe.new_doc(doctype, { customer: this.name });
			this.page.add_inner_button(label, run);
			this.page.add_menu_item(label, run);
			frappe.ui.keys.add_shortcut({ shortcut: key, action: run, page: this.page });
		}
		this.page.set_primary_action(__("Open Form"), () =>
			frappe.set_route("Form", "Service Customer", this.name)
		);
		this.page.add_menu_item(__("Customer Report (PDF)"), () =>
			aftersales.open_customer_report(this.data.head)
		);
		this.page.set_secondary_action(__("Refresh"), () => this.load({ quiet: true }));
	}

	head_html() {
		const { head, phones, vip, groups, next_level } = this.data;
		const marks = [
			head.black_listed ? pill(__("Black List"), "red") : "",
			head.gold_customer ? pill(`★ ${__("Gold Customer")}`, "yellow") : "",
			vip ? pill(__(vip.level_name), "purple") : "",
			pill(
				head.new_customer ? __("New Customer", null, "Customer Mark") : __("Old Customer"),
				head.new_customer ? "green" : "gray"
			),
			head.member_no ? pill(__("Member {0}", [head.member_no]), "blue") : "",
			head.disabled ? pill(__("Disabled"), "gray") : "",
		].join("");
		const numbers = phones
			.map(
				(row) => `<button class="as-copy" data-copy="${esc(row.phone)}" title="${__("Copy")}">
					${frappe.utils.icon("call", "xs")} ${esc(row.display)}${
					row.label ? ` <span class="text-muted">${esc(row.label)}</span>` : ""
				}</button>`
			)
			.join("");
		const mail = head.email
			? `<button class="as-copy" data-copy="${esc(head.email)}" title="${__(
					"Copy"
			  )}">${frappe.utils.icon("mail", "xs")} ${esc(head.email)}</button>`
			: "";
		const facts = [
			[__("Preferred Channel"), head.preferred_channel && __(head.preferred_channel)],
			[__("Account Owner"), head.account_owner_name],
			[__("Region"), head.region && __(head.region)],
			[__("Dealer"), head.dealer],
			[__("Groups"), groups.map((group) => __(group)).join(", ")],
			[
				__("Customer Since"),
				head.customer_since && frappe.datetime.str_to_user(head.customer_since),
			],
			[__("Amount Spent"), head.amount_spent ? format_currency(head.amount_spent) : ""],
			[
				__("Privacy Notice"),
				head.privacy_notice_given
					? frappe.datetime.str_to_user(head.privacy_notice_on) || __("Yes")
					: __("Not Given Yet"),
			],
		];
		return `<header class="as-file-head">
			${
				head.black_listed
					? `<div class="as-file-warning" role="alert"><b>${__("Black List")}</b> ${esc(
							head.black_list_reason
					  )}</div>`
					: ""
			}
			${
				head.personal_data_deleted_on
					? `<div class="as-file-note">${__("Personal data deleted on {0}.", [
							frappe.datetime.str_to_user(head.personal_data_deleted_on),
					  ])}</div>`
					: ""
			}
			${
				next_level
					? `<div class="as-file-note">${__(
							"The customer's spending reaches the level {0} (from {1}).",
							[
								`<b>${esc(__(next_level.name))}</b>`,
								format_currency(next_level.minimum_spending),
							]
					  )}</div>`
					: ""
			}
			<div class="as-file-who"><h2>${esc(head.customer_name)}</h2>
				<span class="text-muted">${[head.organisation, head.name]
					.filter(Boolean)
					.map(esc)
					.join(" · ")}</span>
				<span class="as-file-marks">${marks}</span></div>
			<div class="as-file-reach">${numbers}${mail}</div>
			<dl class="as-file-facts">${facts
				.filter(([, value]) => value)
				.map(
					([label, value]) =>
						`<div><dt class="text-muted">${label}</dt><dd>${esc(value)}</dd></div>`
				)
				.join("")}</dl>
		</header>`;
	}

	cards_html() {
		return this.data.cards
			.map(
				(
					card
				) => `<button class="as-file-card" data-kind="${esc(card.kind)}" aria-pressed="false">
					<span class="as-file-count">${cint(card.total)}</span>
					<span class="as-file-label">${esc(card.label)}</span>
					${
						card.open
							? `<span class="as-file-open">${__("{0} open", [
									cint(card.open),
							  ])}</span>`
							: ""
					}</button>`
			)
			.join("");
	}

	side_html() {
		const { head, vip, people, addresses, relations, referred } = this.data;
		const sections = [
			[__("VIP Level"), vip ? this.vip_html(vip) : ""],
			[
				__("Needs"),
				[head.individual_needs, head.purchase_intention]
					.filter(Boolean)
					.map((text) => `<p>${multiline(text)}</p>`)
					.join(""),
			],
			[__("Contact Persons"), people.map(person_html).join("")],
			[__("Addresses"), addresses.map(address_html).join("")],
			[__("Relations"), relations.map(relation_html).join("")],
			[__("Referral"), this.referral_html(referred)],
			[__("File Completeness"), this.score_html(head)],
			[__("Remarks"), head.remarks ? `<p>${multiline(head.remarks)}</p>` : ""],
		];
		return sections
			.filter(([, html]) => html)
			.map(
				([label, html]) => `<section class="as-file-box"><h3>${label}</h3>${html}</section>`
			)
			.join("");
	}

	vip_html(vip) {
		const lines = [
			vip.discount ? [__("Discount"), `${flt(vip.discount)} %`] : null,
			vip.benefits ? [__("Benefits"), vip.benefits] : null,
			vip.requirements ? [__("Basic Requirements"), vip.requirements] : null,
		].filter(Boolean);
		return `<p><b>${esc(__(vip.level_name))}</b></p>${lines
			.map(([label, text]) => `<p><span class="text-muted">${label}</span><br>${multiline(text)}</p>`)
			.join("")}`;
	}

	referral_html(referred) {
		const by = referred.by
			? `<p><span class="text-muted">${__("Referred By")}</span> ${customer_link(
					referred.by.customer,
					referred.by.customer_name
			  )}</p>`
			: "";
		const brought = referred.count
			? `<p><span class="text-muted">${__("Brought {0} customers", [
					referred.count,
			  ])}</span> ${referred.brought
					.map((row) => customer_link(row.name, row.customer_name))
					.join(", ")}</p>`
			: "";
		return by + brought;
	}

	score_html(head) {
		const bar = (label, value) => `<div class="as-file-score"><span>${label}</span>
			<progress max="100" value="${flt(value)}"></progress><span>${Math.round(flt(value))} %</span></div>`;
		return (
			bar(__("Altogether"), head.profile_score) +
			bar(__("Hard File"), head.hard_file_score) +
			bar(__("Soft File"), head.soft_file_score)
		);
	}

	on_click(event) {
		const copy = event.target.closest("[data-copy]");
		if (copy) return frappe.utils.copy_to_clipboard(copy.dataset.copy);
		const card = event.target.closest(".as-file-card");
		if (card) this.choose(card);
	}

	choose(card) {
		const pressed = card.getAttribute("aria-pressed") === "true";
		for (const other of this.body.querySelectorAll(".as-file-card")) {
			other.setAttribute("aria-pressed", "false");
		}
		card.setAttribute("aria-pressed", String(!pressed));
		this.timeline.show_only(pressed ? [] : [card.dataset.kind]);
	}

	/** Arrow keys walk through the history; Enter opens, as links do. */
	on_key(event) {
		const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
		const entry = event.target.closest(".as-entry");
		if (!step || !entry) return;
		const entries = [...this.body.querySelectorAll(".as-entry")];
		entries[entries.indexOf(entry) + step]?.focus();
		event.preventDefault();
	}
}

function customer_link(name, label) {
	return `<a href="${route_of(name)}">${esc(label || name)}</a>`;
}

function person_html(person) {
	const lines = [person.mobile_no || person.phone, person.email_id].filter(Boolean).map(esc);
	const extra = person.extra.map(
		(row) => `<div><span class="text-muted">${esc(row.label)}</span> ${multiline(row.value)}</div>`
	);
	return `<div class="as-file-person"><a href="${form_of("Contact", person.name)}">${esc(
		person.full_name
	)}</a> <span class="text-muted">${esc(person.designation)}</span>
		<div>${lines.join(" · ")}</div>${extra.join("")}</div>`;
}

function address_html(row) {
	const line = [row.address_line1, row.address_line2, row.city, row.state, row.pincode]
		.filter(Boolean)
		.map(esc)
		.join(", ");
	return `<p><a href="${form_of("Address", row.name)}">${esc(
		__(row.address_type)
	)}</a><br>${line}</p>`;
}

function relation_html(row) {
	return `<p>${customer_link(row.customer, row.customer_name)} <span class="text-muted">${esc(
		row.relation
	)}${row.back ? ` (${__("says the other one")})` : ""}</span></p>`;
}
