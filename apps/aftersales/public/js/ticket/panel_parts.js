/** Grey bars in the place of what is being loaded. */
export function skeleton(count) {
	const block = `<div class="as-skeleton"><i></i><i></i><i></i></div>`;
	return `<div role="status" aria-label="${__("Loading...")}">${block.repeat(count)}</div>`;
}

/** Say that the server did not answer, and offer to ask again. */
export function failure(element, retry) {
	element.innerHTML = `<div class="as-context-empty"><p>${__(
		"The server did not answer. What you have typed is still there."
	)}</p><button type="button" class="btn btn-xs btn-default">${__("Try Again")}</button></div>`;
	element.querySelector("button").addEventListener("click", retry);
}

/** "alt+k" as people read it. */
export function shortcut_text(shortcut) {
	return shortcut.split("+").map(frappe.utils.to_title_case).join("+");
}
