import { failure, skeleton } from "./panel_parts";

/** A tab of the context panel in which one reads and types nothing; the tab itself brings `set_content`. */
export class ReadingTab {
	/**
	 * @param {object} panel the ContextPanel
	 * @param {object} options label and shortcut, and what else the tab itself asks for
	 */
	constructor(panel, options) {
		Object.assign(this, { panel, ...options });
	}

	make() {
		this.show_loading();
	}

	/** Nothing here is typed, so there is nothing to keep or to forget. */
	follow() {}

	focus() {
		(this.body.querySelector("a") || this.button).focus();
	}

	show_loading() {
		this.set_count("");
		this.body.innerHTML = skeleton(3);
	}

	show_failure(retry) {
		failure(this.body, retry);
	}

	set_count(text) {
		this.button.querySelector(".as-context-count").textContent = text;
	}
}
