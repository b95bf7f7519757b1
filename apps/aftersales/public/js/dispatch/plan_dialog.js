/** Plan an order without dragging: technician, time and length, with what speaks against it before it is stored. */

import { esc } from "../console/html";
import { clock } from "./time";

const DISPATCH = "aftersales.field_service.dispatch";

/**
 * @param {object} order a card of the board @param {object[]} technicians of the board
 * @param {{day: string, technician?: string, may_change: boolean, done: Function}} options
 */
export function plan_dialog(order, technicians, options) {
	const start = order.planned_start || `${options.day} ${"09:00:00"}`;
	const best = order.technician || order.proposal?.technician || options.technician;
	const dialog = new frappe.ui.Dialog({
		title: __("Plan {0}", [order.name]),
		fields: [
			{
				fieldname: "technician",
				fieldtype: "Select",
				label: __("Technician"),
				reqd: 1,
				options: technicians.map((row) => ({ value: row.name, label: row.technician_name })),
				default: best,
				change: () => check(),
			},
			{ fieldname: "reasons", fieldtype: "HTML" },
			{ fieldtype: "Column Break" },
			{ fieldname: "day", fieldtype: "Date", label: __("Date"), reqd: 1, default: start.slice(0, 10), change: () => check() },
			{ fieldname: "time", fieldtype: "Data", label: __("Begin (HH:MM)"), reqd: 1, default: clock(start), change: () => check() },
			{ fieldname: "minutes", fieldtype: "Int", label: __("Minutes"), default: order.minutes, change: () => check() },
			{ fieldtype: "Section Break" },
			{ fieldname: "conflicts", fieldtype: "HTML" },
		],
		primary_action_label: __("Plan It"),
		primary_action: () => {
			const values = wanted();
			if (!values) return;
			dialog.disable_primary_action();
			frappe
				.xcall(`${DISPATCH}.plan`, { ...values, modified: order.modified })
				.then((conflicts) => {
					dialog.hide();
					options.done(order, conflicts);
				})
				.finally(() => dialog.enable_primary_action());
		},
		secondary_action_label: order.technician && order.planned_start ? __("Take Back") : __("Open Order"),
		secondary_action: () => {
			dialog.hide();
			if (!(order.technician && order.planned_start)) return frappe.set_route("Form", "Service Order", order.name);
			return frappe
				.xcall(`${DISPATCH}.unplan`, { order: order.name, modified: order.modified })
				.then(() => options.done(order, []));
		},
	});

	function wanted() {
		const values = dialog.get_values(true);
		const time = /^(\d{1,2}):?(\d{2})$/.exec((values.time || "").trim());
		if (!values.technician || !values.day || !time) return null;
		return {
			order: order.name,
			technician: values.technician,
			start: `${values.day} ${time[1].padStart(2, "0")}:${time[2]}:00`,
			...(values.minutes ? { minutes: values.minutes } : {}),
		};
	}

	let asked = 0;
	function check() {
		const values = wanted();
		const mine = ++asked;
		if (!values) return;
		frappe.xcall(`${DISPATCH}.check`, values).then((conflicts) => {
			if (mine === asked) dialog.fields_dict.conflicts.$wrapper.html(conflict_list(conflicts));
		});
	}

	dialog.show();
	if (!options.may_change) dialog.get_primary_btn().hide();
	check();
	frappe
		.xcall("aftersales.field_service.technicians.propose", { order: order.name })
		.then((rows) => dialog.fields_dict.reasons.$wrapper.html(proposal_list(rows)));
	dialog.fields_dict.reasons.$wrapper.on("click", "[data-technician]", (event) =>
		dialog.set_value("technician", event.currentTarget.dataset.technician)
	);
	return dialog;
}

export const conflict_list = (conflicts) =>
	conflicts.length
		? `<ul class="as-conflicts" role="alert">${conflicts.map((row) => `<li>⚠ ${esc(row.reason)}</li>`).join("")}</ul>`
		: `<p class="text-muted" role="status">${__("Nothing speaks against it.")}</p>`;

/** Technicians with their points and reasons, each one to click. */
export const proposal_list = (rows) =>
	`<ol class="as-proposals">${rows
		.slice(0, 5)
		.map(
			(row) => `<li><button type="button" class="btn btn-xs btn-default" data-technician="${esc(row.technician)}">
			${esc(row.technician_name)} ${row.available ? `<b>${row.score}</b>` : "⚠"}</button>
			<div class="text-muted small">${row.reasons.map(esc).join("; ")}</div></li>`
		)
		.join("")}</ol>`;
