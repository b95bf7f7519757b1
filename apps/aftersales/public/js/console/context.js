const FIND_FAQ = 0;
const SAME_CUSTOMER = 2;

/**
 * The right column: the same panel as beside the ticket's form, for whatever is at work here: a ticket, a call, a
 * customer, or nothing yet, when it is there to look something up.
 */
export class Context {
	/**
	 * @param {object} opts
	 * @param {JQuery} opts.$parent
	 * @param {object} opts.page Frappe page whose visibility the shortcuts depend on
	 * @param {() => boolean} opts.can_take_answer whether a ticket is open that the user may write in
	 * @param {(hit: object) => {undo: () => void}|null} opts.on_answer
	 * @param {(row: {doctype: string, name: string}) => void} opts.on_open
	 */
	constructor(opts) {
		Object.assign(this, opts);
		this.doc = as_ticket(null);
		this.panel = new aftersales.ContextPanel({
			wrapper: $("<div></div>").appendTo(this.$parent),
			get_doc: () => this.doc,
			on_copy: (hit) => this.on_answer(hit),
			can_copy: () => this.can_take_answer(),
			page: this.page,
		});
		this.panel.show(FIND_FAQ);
		this.$parent.on("click", ".as-related-row", (e) => {
			if (e.ctrlKey || e.metaKey || e.shiftKey) return; // a new tab or window, as with any link
			e.preventDefault();
			e.stopPropagation();
			const name = decodeURIComponent(
				new URL(e.currentTarget.href).pathname.split("/").pop()
			);
			this.on_open({ doctype: "Service Ticket", name });
		});
	}

	/** Follow the record at work; costs a request only when something changed that matters here. */
	set(record) {
		this.doc = as_ticket(record);
		this.panel.refresh();
		this.show_tickets_of_customer(record?.doctype === "Service Customer");
	}

	/** Beside a customer the tickets are what one looks for; afterwards the tab is again the one chosen before. */
	show_tickets_of_customer(is_customer) {
		if (is_customer === (this.tab_before !== undefined)) return;
		const { active } = this.panel;
		this.panel.show(is_customer ? SAME_CUSTOMER : this.tab_before);
		this.tab_before = is_customer ? active : undefined;
	}

	add_shortcuts() {
		this.panel.setup_shortcuts();
	}

	/** Show an FAQ that the quick search found, ready to be copied. */
	show_faq(question) {
		const tab = this.panel.tabs[FIND_FAQ];
		this.panel.show(FIND_FAQ);
		tab.input.value = question;
		tab.touched.text = true;
		tab.search();
		tab.focus();
	}
}

/** What the panel wants to know, as fields of a ticket; only a saved ticket has a record number. */
function as_ticket(record) {
	if (record?.doctype === "Service Ticket") return record;
	const doc = { doctype: "Service Ticket", name: record?.name || "", __islocal: 1 };
	if (record?.doctype === "Service Customer") {
		return { ...doc, customer: record.name, contact_phone: record.phone };
	}
	if (record?.doctype === "Follow-up") {
		return { ...doc, customer: record.customer, contact_phone: record.phone };
	}
	if (record?.doctype === "Service Call") {
		const { card, number } = record.call;
		return {
			...doc,
			customer: card.doctype === "Service Customer" ? card.docname : "",
			contact_phone: number,
		};
	}
	return doc;
}
