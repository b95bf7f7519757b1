// What is due, when the Desk is opened for the first time on a day. It stands aside, takes no focus and goes by itself
// with the page.
const SEEN = "aftersales-reminder";

$(document).on("app_ready", () => {
	if (frappe.session.user === "Guest" || seen_today()) return;
	// after what the page itself asks for
	setTimeout(
		() =>
			frappe.xcall("aftersales.aftersales.reminders.start_up").then((parts) => {
				remember();
				if (parts && parts.length) show(parts);
			}),
		2500
	);
});

const today = () => `${frappe.session.user} ${frappe.datetime.get_today()}`;

function seen_today() {
	try {
		return localStorage.getItem(SEEN) === today();
	} catch {
		return false;
	}
}

function remember() {
	try {
		localStorage.setItem(SEEN, today());
	} catch {
		// a browser without storage asks the server again, which remembers as well
	}
}

function show(parts) {
	const esc = frappe.utils.escape_html;
	const $card = $(`<aside class="as-reminder" role="complementary" aria-label="${__("What Is Due")}">
		<div class="as-reminder-head"><b>${__("What Is Due")}</b>
			<button type="button" class="btn btn-xs as-reminder-close" aria-label="${__("Close")}">${frappe.utils.icon("close", "sm")}</button>
		</div></aside>`);
	for (const part of parts) {
		const $part = $(`<section><a href="#" class="as-reminder-title">${esc(part.title)}
			<span class="badge">${part.count}</span></a><ul></ul></section>`).appendTo($card);
		$part.find(".as-reminder-title").on("click", (e) => go(e, part.route));
		for (const row of part.rows) {
			const date = row.date ? frappe.datetime.str_to_user(row.date.slice(0, 10)) : "";
			$(`<li><a href="#">${esc(row.label)}</a>
				<span class="${row.late ? "text-danger" : "text-muted"}">${esc(date)}</span></li>`)
				.appendTo($part.find("ul"))
				.find("a")
				.on("click", (e) => go(e, row.route));
		}
	}
	$card.on("click", ".as-reminder-close", () => $card.remove());
	$card.appendTo(document.body);
}

function go(e, route) {
	e.preventDefault();
	frappe.set_route(...route);
}
