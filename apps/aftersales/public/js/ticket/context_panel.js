import { FaqTab } from "./faq_tab";
import { DeviceTab } from "./device_tab";
import { OrdersTab } from "./orders_tab";
import { RelatedTab } from "./related_tab";
import { copy_into_form } from "./copy_answer";
import { shortcut_text } from "./panel_parts";

frappe.provide("aftersales");

// What of the ticket the panel depends on.
const CONTEXT = ["product", "product_category", "customer", "contact_phone", "question", "device"];

/**
 * What is known beside a ticket (S1.33-S1.35): Find FAQ, Same Product, Same Customer, and device and orders if there are any.
 *
 * It reads the ticket through `get_doc` alone, so it stands beside the Desk form as well as in the console, and does
 * not care which fields the form shows.
 */
aftersales.ContextPanel = class ContextPanel {
	/**
	 * @param {object} options
	 * @param {HTMLElement|jQuery} options.wrapper element to fill
	 * @param {() => object|null} options.get_doc the ticket at work, saved or not
	 * @param {(hit: object) => {undo: () => void}|null|Promise} options.on_copy puts the answer into the handling; null
	 *     if it is there already
	 * @param {() => boolean} [options.can_copy] whether the ticket may be changed
	 * @param {object} [options.page] Frappe page whose visibility the shortcuts depend on
	 */
	constructor({ wrapper, get_doc, on_copy, can_copy, page }) {
		Object.assign(this, { get_doc, on_copy, page, can_copy: can_copy || (() => true) });
		this.wrapper = $(wrapper).get(0);
		this.requests = 0;
		this.make();
		this.setup_shortcuts();
	}

	make() {
		this.wrapper.classList.add("as-context");
		this.wrapper.setAttribute("aria-label", __("Find FAQ and earlier records"));
		this.wrapper.innerHTML = `<div class="as-context-tabs" role="tablist"></div>`;
		this.tabs = [
			new FaqTab(this, { label: __("Find FAQ"), shortcut: "alt+1" }),
			new RelatedTab(this, {
				label: __("Same Product"),
				shortcut: "alt+2",
				field: "product",
				title: (row) => row.customer_name,
				missing: __("Choose a product code to see earlier records of the same product."),
				empty: __("No earlier record of this product."),
			}),
			new RelatedTab(this, {
				label: __("Same Customer"),
				shortcut: "alt+3",
				field: "customer",
				title: (row) => row.product_name,
				missing: __("Choose a customer or enter a telephone number to see earlier records."),
				empty: __("No earlier record of this customer."),
			}),
			new DeviceTab(this, { label: __("Device"), shortcut: "alt+4" }),
			new OrdersTab(this, { label: __("Service Orders"), shortcut: "alt+5" }),
		];
		this.tabs.forEach((tab, index) => this.make_tab(tab, index));
		this.show(0, { open: false });
	}

	make_tab(tab, index) {
		const id = frappe.utils.get_random(8);
		tab.button = $(`<button type="button" class="as-context-tab" role="tab" id="tab-${id}"
				aria-controls="panel-${id}" title="${tab.label} (${shortcut_text(tab.shortcut)})">
				<span>${tab.label}</span><span class="as-context-count"></span>
			</button>`)
			.appendTo(this.wrapper.querySelector(".as-context-tabs"))
			.on("click", () => this.show(index, { toggle: true }))
			.on("keydown", (event) => this.move_between_tabs(event, index))
			.get(0);
		tab.body = $(`<div class="as-context-body" role="tabpanel" id="panel-${id}" aria-labelledby="tab-${id}">`)
			.appendTo(this.wrapper)
			.get(0);
		tab.make();
	}

	setup_shortcuts() {
		this.tabs.forEach((tab, index) =>
			this.add_shortcut(tab.shortcut, __("Show {0}", [tab.label]), () => {
				this.show(index);
				tab.focus();
			})
		);
		this.add_shortcut("alt+k", __("Find FAQ: go to the keywords"), () => {
			this.show(0);
			this.tabs[0].focus();
		});
	}

	add_shortcut(shortcut, description, action) {
		frappe.ui.keys.add_shortcut({
			shortcut,
			description,
			action,
			page: this.page,
			condition: () => $(this.wrapper).is(":visible") && !window.cur_dialog,
			ignore_inputs: true,
		});
	}

	move_between_tabs(event, index) {
		const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
		if (!step) return;
		event.preventDefault();
		const next = (index + step + this.tabs.length) % this.tabs.length;
		this.show(next);
		this.tabs[next].button.focus();
	}

	/**
	 * Show a tab. On narrow screens, where the panel is a bar above the form, this opens it.
	 * @param {object} [options]
	 * @param {boolean} [options.toggle] a second click on the open tab closes the panel there
	 * @param {boolean} [options.open] false: choose the tab only
	 */
	show(index, { toggle = false, open = true } = {}) {
		const is_open = this.wrapper.classList.contains("is-open");
		this.wrapper.classList.toggle(
			"is-open",
			open && !(toggle && is_open && this.active === index)
		);
		this.active = index;
		this.tabs.forEach((tab, i) => {
			const is_active = i === index;
			tab.button.setAttribute("aria-selected", is_active);
			tab.button.tabIndex = is_active ? 0 : -1;
			tab.body.hidden = !is_active;
		});
	}

	/**
	 * The ticket was opened, saved or changed: load what differs. Costs one request at most, and none if nothing that
	 * matters here has changed.
	 */
	refresh() {
		const doc = this.get_doc();
		if (!doc) return;
		const is_same = this.name === doc.name || frappe.model.new_names[this.name] === doc.name;
		const key = JSON.stringify(CONTEXT.map((field) => doc[field] || ""));
		this.name = doc.name;
		this.tabs.forEach((tab) => tab.follow(doc, is_same));
		if (!is_same || key !== this.key) {
			this.key = key;
			this.load();
		}
	}

	async load() {
		const request = ++this.requests;
		this.tabs.forEach((tab) => tab.show_loading());
		const doc = this.get_doc();
		const [faqs] = this.tabs;
		const searches = faqs.requests;
		try {
			const content = await frappe.xcall("aftersales.knowledge.panel.open_panel", {
				ticket: doc.__islocal ? null : doc.name,
				product: doc.product || "",
				customer: doc.customer || "",
				phone: doc.contact_phone || "",
				device: doc.device || "",
				...faqs.typed("faq_"),
			});
			if (request !== this.requests) return;
			const { faqs: answers, same_product, same_customer, device, orders } = content;
			[answers, same_product, same_customer, device, orders].forEach((part, index) => {
				this.tabs[index].button.hidden = !part;
				// Who typed meanwhile sees what they asked for.
				const is_older = this.tabs[index] === faqs && faqs.requests !== searches;
				if (part && !is_older) this.tabs[index].set_content(part, this.get_doc());
			});
			if (!answers && this.active === 0) this.show(1, { open: false });
			// The ticket that is shown now has no device, or no orders.
			if (this.tabs[this.active].button.hidden) this.show(0, { open: false });
		} catch {
			if (request === this.requests) this.show_failure();
		}
	}

	show_failure() {
		this.tabs.forEach((tab) => tab.show_failure(() => this.load()));
	}
};

frappe.ui.form.on("Service Ticket", {
	refresh(frm) {
		mount(frm).refresh();
	},
	product: refresh_soon,
	product_category: refresh_soon,
	customer: refresh_soon,
	contact_phone: refresh_soon,
	question: refresh_soon,
	device: refresh_soon,
});

/** The code fills name and category, the customer the telephone number: one request for all of it. */
function refresh_soon(frm) {
	if (!frm.aftersales_context) return;
	clearTimeout(frm.aftersales_context.timer);
	frm.aftersales_context.timer = setTimeout(() => frm.aftersales_context.refresh(), 300);
}

/**
 * Put the panel beside the form, once per form. It is a column of the page's layout and hangs on no field, so that it
 * stays whatever an administrator does in Customize Form.
 */
function mount(frm) {
	if (!frm.aftersales_context) {
		const layout = frm.page.main.closest(".layout-main");
		layout.closest(".page-container, .content").addClass("as-has-context");
		const wrapper = $(`<aside class="as-context-column"></aside>`).appendTo(layout);
		frm.aftersales_context = new aftersales.ContextPanel({
			wrapper,
			get_doc: () => frm.doc,
			on_copy: (hit) => copy_into_form(frm, hit),
			can_copy: () => Boolean(frm.perm?.[0]?.write && !frm.read_only),
			page: frm.page,
		});
	}
	return frm.aftersales_context;
}
