frappe.provide("aftersales.knowledge");

// A search that found nothing counts when nothing was typed for so long.
const WAIT_MS = 1500;

/** What people search for in vain at one place of the Desk shows what the knowledge base lacks. */
export class Misses {
	/** @param {string} source an option of Search Miss */
	constructor(source) {
		this.source = source;
	}

	/** Somebody types on, or found something. */
	clear() {
		clearTimeout(this.timer);
	}

	/** Note `text` unless somebody types on. */
	note_later(text) {
		this.clear();
		if (!text.trim() || !frappe.model.can_read("FAQ")) return;
		const { source } = this;
		this.timer = setTimeout(() => {
			frappe.xcall("aftersales.knowledge.misses.note_search_miss", { text, source });
		}, WAIT_MS);
	}
}

aftersales.knowledge.Misses = Misses;
