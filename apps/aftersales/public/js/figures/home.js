// Whoever opens the Desk itself, as after signing in, comes to the dashboard of their position; a workspace that they chose
// for themselves, and any page that they asked for, goes before. Done while this file is read: soon Frappe shows some page.
const home = frappe.boot?.aftersales_home;
const { pathname, hash } = window.location;

if (home && pathname.replace(/\/+$/, "") === "/app" && !hash && !frappe.boot.user.default_workspace) {
	window.history.replaceState(null, "", `/app/${home.toLowerCase().replaceAll(" ", "-")}`);
}
