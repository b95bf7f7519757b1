/** Dispatch board: technicians and their days, the orders that wait on the left; drag to plan, or use the keyboard. */

import { esc } from "../console/html";
import { plan_dialog } from "./plan_dialog";
import { day_grid, waiting_card, week_grid } from "./render";
import { add_days, clock, minutes_from, moment_at, snap, STEP } from "./time";

const DISPATCH = "aftersales.field_service.dispatch";
const OVER = ["Continued", "Completed", "Followed Up", "Audited", "Cancelled"];
const KEPT = "aftersales-dispatch-board";

export class DispatchBoard {
	constructor(wrapper) {
		this.page = frappe.ui.make_app_page({ parent: wrapper, title: __("Dispatch Board"), single_column: true });
		const kept = JSON.parse(localStorage.getItem(KEPT) || "{}");
		this.days = kept.days || 1;
		this.day = frappe.datetime.get_today();
		this.$body = $(`<div class="as-dispatch">
			<section class="as-waiting" aria-label="${__("Orders to plan")}"></section>
			<section class="as-plan"></section>
			<div class="sr-only" role="status"></div></div>`).appendTo(this.page.main);
		this.make_toolbar(kept);
		this.bind();
		frappe.realtime.doctype_subscribe?.("Service Order");
		frappe.realtime.on("list_update", (data) => {
			if (data.doctype === "Service Order" && frappe.get_route()[0] === "dispatch-board") this.load_soon();
		});
		this.load_soon = frappe.utils.debounce(() => this.load(), 1500);
	}

	make_toolbar(kept) {
		const step = (days) => () => this.go(add_days(this.day, days * (this.days === 1 ? 1 : 7)));
		this.day_field = this.page.add_field({
			fieldname: "day",
			fieldtype: "Date",
			label: __("Day"),
			default: this.day,
			change: () => this.go(this.day_field.get_value() || frappe.datetime.get_today()),
		});
		this.outlet_field = this.page.add_field({
			fieldname: "outlet",
			fieldtype: "Link",
			options: "Service Outlet",
			label: __("Outlet"),
			default: kept.outlet,
			change: () => {
				const outlet = this.outlet_field.get_value() || "";
				if (outlet === (this.outlet || "")) return;
				this.outlet = outlet;
				this.keep();
				this.load();
			},
		});
		this.outlet = kept.outlet || "";
		this.page.add_inner_button("◀", step(-1)).attr("aria-label", __("Earlier"));
		this.page.add_inner_button(__("Today"), () => this.go(frappe.datetime.get_today()));
		this.page.add_inner_button("▶", step(1)).attr("aria-label", __("Later"));
		this.$view = this.page.add_inner_button("", () => {
			this.days = this.days === 1 ? 7 : 1;
			this.keep();
			this.load();
		});
		this.page.add_inner_button(__("Route Order"), () => this.route());
		this.page.set_secondary_action(__("Refresh"), () => this.load(), "refresh");
	}

	keep() {
		localStorage.setItem(KEPT, JSON.stringify({ days: this.days, outlet: this.outlet }));
	}

	show() {
		return this.load();
	}

	go(day) {
		if (day === this.day) return;
		this.day = day;
		this.day_field.set_value(day);
		this.load();
	}

	load() {
		const asked = (this.asked = (this.asked || 0) + 1);
		const args = { start: this.day, days: this.days, ...(this.outlet ? { outlet: this.outlet } : {}) };
		return frappe.xcall(`${DISPATCH}.board`, args).then((board) => {
			if (asked !== this.asked) return;
			for (const job of board.jobs) job.is_over = OVER.includes(job.stage);
			this.board = board;
			this.render();
		});
	}

	render() {
		const focused = document.activeElement?.dataset?.order;
		const { waiting } = this.board;
		this.$view.text(this.days === 1 ? __("Show 7 Days") : __("Show One Day"));
		this.$body.find(".as-waiting").html(`<h5>${__("To Plan")} <span class="text-muted">${waiting.length}</span></h5>
			<ul>${waiting.map(waiting_card).join("")}</ul>
			${waiting.length ? "" : `<p class="text-muted">${__("Every order has a technician and a time.")}</p>`}`);
		if (this.days === 1) {
			const grid = day_grid(this.board, this.day);
			this.span = grid.span;
			this.$body.find(".as-plan").html(grid.html);
		} else this.$body.find(".as-plan").html(week_grid(this.board, this.day, this.days));
		if (focused) this.$body.find(`[data-order="${CSS.escape(focused)}"]`).first().trigger("focus");
	}

	order_of(name) {
		return (
			this.board.waiting.find((row) => row.name === name) || this.board.jobs.find((row) => row.name === name)
		);
	}

	bind() {
		this.$body.on("click keydown", "[data-order]", (event) => {
			if (event.type === "keydown" && event.altKey && event.key.startsWith("Arrow")) return this.nudge(event);
			if (event.type === "keydown" && !["Enter", " "].includes(event.key)) return;
			event.preventDefault();
			this.open(this.order_of(event.currentTarget.dataset.order));
		});
		this.$body.on("dragstart", "[data-order]", (event) => {
			const at = event.originalEvent.clientX - event.currentTarget.getBoundingClientRect().left;
			this.dragged = { name: event.currentTarget.dataset.order, offset: event.currentTarget.matches(".as-job") ? at : 0 };
			event.originalEvent.dataTransfer.setData("text/plain", this.dragged.name);
			event.originalEvent.dataTransfer.effectAllowed = "move";
		});
		this.$body.on("dragend", () => this.$body.find(".is-target").removeClass("is-target"));
		const targets = ".as-track[data-technician], .as-cell[data-technician], .as-waiting";
		this.$body.on("dragover dragleave drop", targets, (event) => {
			if (!this.dragged) return;
			$(event.currentTarget).toggleClass("is-target", event.type === "dragover");
			if (event.type === "dragleave") return;
			event.preventDefault();
			if (event.type === "drop") this.drop(event.currentTarget, event.originalEvent.clientX);
		});
	}

	drop(target, x) {
		const { name, offset } = this.dragged;
		const order = this.order_of(name);
		this.dragged = null;
		if (target.matches(".as-waiting")) return order.planned_start && this.unplan(order);
		const { technician, day } = target.dataset;
		if (target.matches(".as-cell")) return this.plan(order, technician, this.free_time(technician, day, order));
		const box = target.getBoundingClientRect();
		const part = Math.max(0, (x - offset - box.left) / box.width);
		const minutes = snap(this.span.first + part * (this.span.last - this.span.first));
		return this.plan(order, technician, moment_at(day, minutes));
	}

	/** On a day without hours: the order's own time of day, else after what is planned, else when work begins. */
	free_time(technician, day, order) {
		if (order.planned_start) return `${day} ${order.planned_start.slice(11, 19)}`;
		const row = this.board.technicians.find((one) => one.name === technician);
		const window = row.windows[minutes_from(this.day, `${day} 00:00:00`) / (24 * 60)]?.[0];
		const begin = window && window[1] - window[0] < 24 * 60 ? moment_at(day, window[0]) : `${day} 09:00:00`;
		const ends = this.board.jobs
			.filter((job) => job.technician === technician && job.planned_end.slice(0, 10) === day)
			.map((job) => job.planned_end);
		return [begin, ...ends].sort().pop();
	}

	/** Alt with an arrow moves a bar: a quarter of an hour, or to the technician above or below. */
	nudge(event) {
		const order = this.board.jobs.find(
			(row) => row.name === event.currentTarget.dataset.order && row.technician === event.currentTarget.dataset.technician
		);
		if (!order || order.is_over) return;
		event.preventDefault();
		const sideways = { ArrowLeft: -STEP, ArrowRight: STEP }[event.key];
		if (sideways) {
			const minutes = minutes_from(this.day, order.planned_start) + sideways;
			return this.plan(order, order.technician, moment_at(this.day, minutes));
		}
		const rows = this.board.technicians;
		const index = rows.findIndex((row) => row.name === order.technician) + (event.key === "ArrowUp" ? -1 : 1);
		if (rows[index]) return this.plan(order, rows[index].name, order.planned_start);
	}

	open(order) {
		if (order.is_over) return frappe.set_route("Form", "Service Order", order.name);
		plan_dialog(order, this.board.technicians, {
			day: this.day,
			may_change: this.board.may_change,
			done: (...result) => this.planned(...result),
		});
	}

	plan(order, technician, start) {
		return frappe
			.xcall(`${DISPATCH}.plan`, { order: order.name, technician, start, modified: order.modified })
			.then((conflicts) => this.planned(order, conflicts, technician, start))
			.catch(() => this.load()); // Frappe has said why
	}

	unplan(order) {
		return frappe
			.xcall(`${DISPATCH}.unplan`, { order: order.name, modified: order.modified })
			.then(() => this.planned(order, []))
			.catch(() => this.load());
	}

	planned(order, conflicts, technician, start) {
		if (conflicts.length)
			frappe.show_alert({ message: conflicts.map((row) => esc(row.reason)).join("<br>"), indicator: "red" }, 8);
		const who = this.board.technicians.find((row) => row.name === technician)?.technician_name;
		if (who) this.$body.find("[role=status]").last().text(__("{0}: {1}, {2}", [order.name, who, clock(start)]));
		return this.load();
	}

	/** Put the visits of the day into the shortest order, for everybody on the board. */
	route() {
		const routes = "aftersales.field_service.routes";
		const args = { day: this.day, ...(this.outlet ? { outlet: this.outlet } : {}) };
		return frappe.xcall(`${routes}.preview`, args).then((rows) => {
			const changed = rows.filter((row) => row.changed);
			if (!changed.length) return frappe.show_alert(__("The visits of the day are in route order already."));
			const lines = changed.map(
				(row) => `<li><b>${esc(row.technician_name)}</b>: ${row.visits
					.map((visit) => `${clock(visit.planned_start)} ${esc(visit.customer_name || visit.order)}`)
					.join(" → ")}</li>`
			);
			frappe.confirm(`${__("Plan the visits in this order?")}<ul>${lines.join("")}</ul>`, () =>
				frappe
					.xcall(`${routes}.apply`, {
						visits: JSON.stringify(changed.flatMap((row) => row.visits)),
					})
					.then(() => this.load())
			);
		});
	}
}
