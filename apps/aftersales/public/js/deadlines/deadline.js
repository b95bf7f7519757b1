// Time left until a deadline, the same on forms and in lists, and what the sweep of deadlines tells an open Desk.
frappe.provide("aftersales.deadline");

const SOON = 60; // minutes

/** Time left of a deadline: `{text, colour, minutes}`, minutes negative when it is over; null without one. */
aftersales.deadline.left = function (due) {
	if (!due) return null;
	const now = moment(frappe.datetime.system_datetime());
	const minutes = moment(due).diff(now, "minutes", true);
	const long = duration(Math.abs(minutes));
	if (minutes < 0) return { text: __("Overdue by {0}", [long]), colour: "red", minutes };
	return { text: __("{0} left", [long]), colour: minutes < SOON ? "orange" : "blue", minutes };
};

function duration(minutes) {
	if (minutes < 60) return __("{0} min", [Math.floor(minutes)]);
	if (minutes < 24 * 60) return __("{0} h", [Math.floor(minutes / 60)]);
	return __("{0} days", [Math.floor(minutes / 1440)]);
}

/** HTML of the time left, for a list; the exact moment is its title. */
aftersales.deadline.pill = function (due) {
	const left = aftersales.deadline.left(due);
	if (!left) return "";
	const title = frappe.datetime.str_to_user(due);
	return `<span class="indicator-pill no-indicator-dot ${left.colour} ellipsis" title="${title}"><span class="ellipsis">${left.text}</span></span>`;
};

/**
 * Show a form's deadlines above its fields.
 * @param {Object} frm the form
 * @param {Object} fields {fieldname: text before the time}, texts translated
 */
aftersales.deadline.show = function (frm, fields) {
	// A form that is refreshed twice in a row keeps what the first refresh added.
	frm.dashboard.stats_area_row?.find("[data-deadline]").remove();
	if (frm.is_new()) return;
	const add = (label, colour) => $(frm.dashboard.add_indicator(label, colour)).attr("data-deadline", "");
	if (frm.doc.deadline_state === "Paused") add(__("Deadline paused"), "gray");
	for (const [field, text] of Object.entries(fields)) {
		const left = aftersales.deadline.left(frm.doc[field]);
		if (left) {
			const moment_text = frappe.datetime.str_to_user(frm.doc[field]);
			add(`${text}: ${moment_text} (${left.text})`, left.colour);
		}
	}
};

$(document).on("app_ready", () => {
	frappe.realtime.on("aftersales_deadline", (counts) => {
		const late = counts.overdue + counts.escalated;
		const parts = [
			counts.escalated && __("{0} late for your attention", [counts.escalated]),
			counts.overdue && __("{0} overdue", [counts.overdue]),
			counts.warned && __("{0} due soon", [counts.warned]),
		].filter(Boolean);
		const message = __("Deadlines: {0}", [parts.join(", ")]);
		frappe.show_alert({ message, indicator: late ? "red" : "orange" }, 15);
	});
});
