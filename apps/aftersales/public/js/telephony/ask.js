// Reads from the site without Frappe's dialogs: what goes wrong here must not get in the way of other work, and is
// asked again anyway. Returns null if there is no answer.
export async function ask(method, args) {
	try {
		const response = await fetch(`/api/method/${method}?${new URLSearchParams(args)}`, {
			headers: { Accept: "application/json", "X-Frappe-CSRF-Token": frappe.csrf_token },
		});
		return response.ok ? (await response.json()).message : null;
	} catch {
		return null;
	}
}
