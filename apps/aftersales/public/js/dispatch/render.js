/** HTML of the dispatch board. Everything that comes from documents is escaped. */

import { esc, pill } from "../console/html";
import { add_days, clock, clock_of, DAY, minutes_from } from "./time";

const URGENCY = { Critical: "red", High: "orange" };

const facts = (order) => [order.customer_name, order.product_name, order.region && __(order.region)].filter(Boolean).map(esc).join(" · ");

/** Text for screen readers and the tooltip: everything that the bar has no room for. */
export function spoken(order) {
	const parts = [
		order.name,
		`${clock(order.planned_start)}–${clock(order.planned_end)}`,
		order.customer_name,
		order.product_name,
		order.address,
		...order.conflicts.map((row) => row.reason),
	];
	return parts.filter(Boolean).join(". ");
}

/** A card of an order that waits. */
export function waiting_card(order) {
	const best = order.proposal;
	return `<li><div class="as-order ${order.urgency === "Critical" ? "is-critical" : ""}" draggable="true"
			tabindex="0" role="button" data-order="${esc(order.name)}">
		<div class="as-order-head"><b>${esc(order.name)}</b>
			${URGENCY[order.urgency] ? pill(__(order.urgency), URGENCY[order.urgency]) : ""}
			${pill(__(order.order_kind))}</div>
		<div>${facts(order)}</div>
		${order.symptom ? `<div class="text-muted as-clip">${esc(order.symptom)}</div>` : ""}
		${order.promised_at ? `<div class="text-muted">${__("Promised")}: ${esc(order.promised_at.slice(0, 16))}</div>` : ""}
		${
			best
				? `<div class="as-proposal">→ <b>${esc(best.technician_name)}</b> <span class="text-muted">${best.reasons
						.map(esc)
						.join("; ")}</span></div>`
				: `<div class="text-muted">${__("Nobody is available on this day.")}</div>`
		}
	</div></li>`;
}

function bar(order, place) {
	if (!order.name)
		return `<div class="as-job is-foreign" style="${place}" title="${__("Busy")}">${clock(
			order.planned_start
		)} ${__("Busy")}</div>`;
	const red = order.conflicts.length > 0;
	return `<div class="as-job ${red ? "has-conflict" : ""} ${order.is_over ? "is-over" : ""}" style="${place}"
		${order.is_over ? "" : 'draggable="true"'} tabindex="0" role="button" data-order="${esc(order.name)}"
		data-technician="${esc(order.technician)}" title="${esc(spoken(order))}" aria-label="${esc(spoken(order))}">
		<b>${clock(order.planned_start)}</b> ${red ? "⚠ " : ""}${esc(order.customer_name || order.name)}
		<div class="as-clip">${red ? esc(order.conflicts[0].reason) : esc(order.product_name || order.symptom || "")}</div>
	</div>`;
}

/** Give bars that want the same time lines of their own. */
export function lines_of(jobs) {
	const ends = [];
	return jobs.map((job) => {
		let line = ends.findIndex((end) => end <= job.planned_start);
		if (line < 0) line = ends.push("") - 1;
		ends[line] = job.planned_end;
		return line;
	});
}

/** Hours that the day's columns show: the working time of all, and what is planned outside it. */
export function span_of(board, day) {
	// Whoever has no working time of their own can be planned around the clock; that needs no 24 columns.
	const windows = board.technicians.flatMap((row) => row.windows[0]).filter(([from, to]) => to - from < DAY);
	const edges = windows.flat();
	for (const job of board.jobs) edges.push(minutes_from(day, job.planned_start), minutes_from(day, job.planned_end));
	const inside = edges.filter((edge) => edge >= 0 && edge <= DAY);
	const first = Math.floor(Math.min(...inside, 8 * 60) / 60);
	const last = Math.ceil(Math.max(...inside, 18 * 60) / 60);
	return { first: first * 60, last: last * 60 };
}

function head_of(row) {
	return `<div class="as-who" role="rowheader"><b>${esc(row.technician_name)}</b>
		<span class="text-muted">${esc(row.outlet || "")}</span></div>`;
}

/** One day: a line per technician, hours as columns. */
export function day_grid(board, day) {
	const span = span_of(board, day);
	const percent = (minutes) => (100 * (minutes - span.first)) / (span.last - span.first);
	const hours = [];
	for (let at = span.first; at < span.last; at += 60)
		hours.push(`<span style="left:${percent(at)}%">${clock_of(at)}</span>`);
	const rows = board.technicians.map((row) => {
		const jobs = board.jobs.filter((job) => job.technician === row.name);
		const lines = lines_of(jobs);
		const off = row.windows[0]
			.map(([from, to]) => `<i class="as-window" style="left:${percent(Math.max(from, span.first))}%;width:${
				percent(Math.min(to, span.last)) - percent(Math.max(from, span.first))
			}%"></i>`)
			.join("");
		const bars = jobs.map((job, index) => {
			const from = Math.max(minutes_from(day, job.planned_start), span.first);
			const to = Math.min(minutes_from(day, job.planned_end), span.last);
			return bar(job, `left:${percent(from)}%;width:${percent(to) - percent(from)}%;top:${lines[index] * 46 + 4}px`);
		});
		const height = (Math.max(...lines, 0) + 1) * 46 + 8;
		return `<div class="as-line" role="row">${head_of(row)}
			<div class="as-track ${row.absent[0] ? "is-absent" : ""}" role="gridcell" data-technician="${esc(row.name)}"
				data-day="${day}" style="height:${height}px">${off}
				${row.absent[0] ? `<em>${esc(row.absent[0])}</em>` : ""}${bars.join("")}</div></div>`;
	});
	return {
		span,
		html: `<div class="as-grid is-day" role="grid" aria-label="${__("Technicians")}">
			<div class="as-line as-hours" aria-hidden="true"><div class="as-who"></div><div class="as-track">${hours.join("")}</div></div>
			${rows.join("") || nobody()}</div>`,
	};
}

/** Several days: a cell per technician and day. */
export function week_grid(board, first, days) {
	const dates = Array.from({ length: days }, (_, number) => add_days(first, number));
	const heads = dates.map(
		(day) => `<div class="as-cell" role="columnheader">${esc(frappe.datetime.str_to_user(day))}</div>`
	);
	const rows = board.technicians.map((row) => {
		const cells = dates.map((day, number) => {
			const jobs = board.jobs.filter(
				(job) => job.technician === row.name && job.planned_start.slice(0, 10) <= day && day <= job.planned_end.slice(0, 10)
			);
			const free = row.windows[number].length && !row.absent[number];
			return `<div class="as-cell ${free ? "" : "is-absent"}" role="gridcell" data-technician="${esc(row.name)}"
				data-day="${day}" title="${esc(row.absent[number] || "")}">${jobs.map((job) => bar(job, "")).join("")}</div>`;
		});
		return `<div class="as-line" role="row">${head_of(row)}${cells.join("")}</div>`;
	});
	return `<div class="as-grid is-week" role="grid" aria-label="${__("Technicians")}">
		<div class="as-line as-hours" role="row"><div class="as-who" role="columnheader">${__("Technician")}</div>${heads.join("")}</div>
		${rows.join("") || nobody()}</div>`;
}

const nobody = () =>
	`<p class="text-muted as-empty">${__("There are no technicians here. Add them under Technician.")}</p>`;
