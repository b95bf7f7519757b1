// System notices (S21.03): a bar at the top of the Desk while a notice is due, on every Desk that is open.
const COLOURS = { Information: "blue", Warning: "orange", Interruption: "red" };
const DISMISSED = "aftersales-notices-dismissed";
const MINUTE = 60 * 1000;

class Notices {
	constructor() {
		this.take(frappe.boot.aftersales_notices || []);
		setInterval(() => this.show(), MINUTE);
		frappe.realtime.on("aftersales_notice", () => this.refresh());
	}

	// Times come as seconds from now, so the clock of this computer does not matter.
	take(rows) {
		const now = Date.now();
		this.notices = rows.map((row) => ({
			...row,
			start: now + row.seconds_to_start * 1000,
			end: now + row.seconds_to_end * 1000,
		}));
		this.show();
	}

	refresh() {
		if (!frappe.model.can_read("System Notice")) return;
		frappe.xcall("aftersales.aftersales.work.notices.get_notices").then((rows) => this.take(rows));
	}

	dismissed() {
		return JSON.parse(localStorage.getItem(DISMISSED) || "[]");
	}

	// A changed notice is a new one.
	key(notice) {
		return [notice.name, notice.kind, notice.message, notice.show_until].join("|");
	}

	show() {
		const now = Date.now();
		const gone = this.dismissed();
		const due = this.notices.filter(
			(notice) => notice.start <= now && now < notice.end && !gone.includes(this.key(notice))
		);
		$(".as-notices").remove();
		if (!due.length) return;
		const $bar = $('<div class="as-notices" role="region"></div>').attr("aria-label", __("System Notices"));
		due.forEach((notice) => $bar.append(this.row(notice)));
		$bar.insertBefore("#body");
	}

	row(notice) {
		const escape = frappe.utils.escape_html;
		const $row = $(`<div class="as-notice alert-message ${COLOURS[notice.kind] || "blue"}" role="status">
			<span class="indicator ${COLOURS[notice.kind] || "blue"}"></span>
			<span><b>${escape(notice.notice_title)}</b> ${escape(notice.message)}</span>
			<button class="btn btn-xs btn-default" type="button">${__("Close")}</button></div>`);
		$row.find("button").on("click", () => {
			localStorage.setItem(DISMISSED, JSON.stringify([...this.dismissed(), this.key(notice)].slice(-50)));
			this.show();
		});
		return $row;
	}
}

$(document).on("app_ready", () => {
	aftersales.notices = new Notices();
});
