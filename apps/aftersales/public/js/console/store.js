/**
 * What this browser remembers for one user. Storage may be full or forbidden (private window): then
 * nothing is remembered, and nothing else breaks.
 */

const key = (name) => `aftersales:console:${frappe.session.user}:${name}`;

export function recall(name, fallback) {
	try {
		const stored = window.localStorage.getItem(key(name));
		return stored === null ? fallback : JSON.parse(stored);
	} catch {
		return fallback;
	}
}

export function remember(name, value) {
	try {
		if (value === null || value === undefined || value === "") {
			window.localStorage.removeItem(key(name));
		} else {
			window.localStorage.setItem(key(name), JSON.stringify(value));
		}
	} catch {
		// see above
	}
}
