import { recall, remember } from "./store";

/**
 * The one input of the handling log. What was typed survives a change of record, a reload and an error; it goes
 * away only when the server has it.
 */
export class Composer {
	/**
	 * @param {object} opts
	 * @param {JQuery} opts.$parent
	 * @param {(entry: string, faq: string|null) => Promise<void>} opts.save
	 * @param {() => void} opts.leave where the focus goes on Escape
	 */
	constructor(opts) {
		Object.assign(this, opts);
		const label = __("What was done or said");
		this.$el = $(`<div class="as-composer" hidden>
			<textarea class="form-control" rows="2" aria-label="${label}"
				placeholder="${label}" title="${label} (E)"></textarea>
			<div class="as-composer-foot">
				<span class="as-composer-faq text-muted ellipsis"></span>
				<button type="button" class="btn btn-primary btn-sm" title="${__("Save the entry")} (Ctrl+Enter)">
					${__("Save")} <kbd aria-hidden="true">Ctrl+Enter</kbd></button>
			</div>
		</div>`).appendTo(this.$parent);
		this.$note = $('<div class="as-composer-note text-muted" hidden></div>').appendTo(
			this.$parent
		);
		this.$text = this.$el.find("textarea");
		this.$button = this.$el.find("button");
		this.bind();
	}

	bind() {
		this.$text.on("input", () => {
			this.keep();
			this.fit();
		});
		this.$text.on("keydown", (e) => {
			if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) this.submit();
			else if (e.key === "Escape" && !e.originalEvent.isComposing) this.leave();
			else return;
			e.preventDefault();
			e.stopPropagation();
		});
		this.$button.on("click", () => this.submit());
		this.$el.on("click", ".as-composer-unlink", () => {
			this.faq = null;
			this.keep();
			this.render_faq();
			this.focus();
		});
	}

	/** @param {object|null} record a ticket gets the input, everything else does not */
	set(record) {
		const ticket = record?.doctype === "Service Ticket" ? record : null;
		this.$el.prop("hidden", !ticket?.can_write);
		this.$note
			.prop("hidden", !ticket || ticket.can_write)
			.text(__("You can read this ticket, but not add to it in its present state."));
		if (!ticket || this.ticket === ticket.name) {
			this.ticket = ticket?.name;
			return;
		}
		this.ticket = ticket.name;
		const draft = recall(`draft:${this.ticket}`, {});
		this.$text.val(draft.text || "");
		this.faq = draft.faq || null;
		this.render_faq();
		this.fit();
	}

	keep() {
		const text = this.$text.val();
		remember(`draft:${this.ticket}`, text.trim() ? { text, faq: this.faq } : null);
	}

	fit() {
		const area = this.$text[0];
		area.style.height = "auto";
		area.style.height = `${Math.min(area.scrollHeight + 2, 180)}px`;
	}

	focus() {
		if (this.$el.prop("hidden")) return false;
		this.$text.trigger("focus");
		return true;
	}

	/**
	 * Put an answer behind what is typed already; the entry will name the FAQ.
	 * @returns {{undo: () => void}|null} null if the answer is there already
	 */
	insert(text, faq) {
		const typed = this.$text.val();
		if (typed.includes(text)) return null;
		const { ticket, faq: faq_before } = this;
		this.put(typed.trim() ? `${typed.trimEnd()}\n${text}` : text, faq);
		return {
			undo: () => {
				// another ticket may be open by now, or the entry saved
				if (this.ticket !== ticket || !this.$text.val().includes(text)) return;
				this.put(this.$text.val().replace(text, "").trim(), faq_before);
			},
		};
	}

	put(text, faq) {
		this.$text.val(text);
		this.faq = faq || null;
		this.render_faq();
		this.keep();
		this.focus();
		this.fit();
		this.$text[0].scrollTop = this.$text[0].scrollHeight;
	}

	render_faq() {
		const $faq = this.$el.find(".as-composer-faq").empty();
		if (!this.faq) return;
		const label = __("Do not name the FAQ");
		$faq.text(__("With {0}", [this.faq])).append(
			` <button type="button" class="btn-reset as-composer-unlink" title="${label}" aria-label="${label}">×</button>`
		);
	}

	async submit() {
		const entry = this.$text.val().trim();
		if (this.saving) return;
		if (!entry) {
			frappe.show_alert({ message: __("Type what was done first."), indicator: "orange" });
			this.focus();
			return;
		}
		this.saving = true;
		this.$text.prop("readonly", true);
		this.$button.prop("disabled", true);
		const ticket = this.ticket;
		try {
			await this.save(entry, this.faq);
			remember(`draft:${ticket}`, null);
			if (this.ticket === ticket) {
				this.$text.val("");
				this.faq = null;
				this.render_faq();
				this.fit();
			}
		} catch {
			// Frappe has shown why; the text stays
		} finally {
			this.saving = false;
			this.$text.prop("readonly", false);
			this.$button.prop("disabled", false);
			if (this.ticket === ticket) this.focus();
		}
	}
}
