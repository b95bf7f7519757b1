/** Workshop board: lanes for what waits, each bay, inspection and delivery; drag a card into a bay, or use its buttons. */

import { esc, pill } from "../console/html";

const BOARD = "aftersales.field_service.workshop_board";
const KEPT = "aftersales-workshop-board";

export class WorkshopBoard {
	constructor(wrapper) {
		this.page = frappe.ui.make_app_page({ parent: wrapper, title: __("Workshop Board"), single_column: true });
		this.outlet = localStorage.getItem(KEPT) || "";
		this.outlet_field = this.page.add_field({
			fieldname: "outlet",
			fieldtype: "Link",
			options: "Service Outlet",
			label: __("Outlet"),
			default: this.outlet,
			change: () => {
				const outlet = this.outlet_field.get_value() || "";
				if (outlet === this.outlet) return;
				this.outlet = outlet;
				localStorage.setItem(KEPT, outlet);
				this.load();
			},
		});
		this.page.set_secondary_action(__("Refresh"), () => this.load(), "refresh");
		if (frappe.model.can_create("Service Order"))
			this.page.set_primary_action(__("New Workshop Order"), () =>
				frappe.new_doc("Service Order", { order_kind: "Workshop", source: "Counter", outlet: this.outlet })
			);
		this.page.add_inner_button(__("Progress"), () => frappe.set_route("query-report", "Workshop Progress"));
		this.page.add_inner_button(__("Technician Hours"), () => frappe.set_route("query-report", "Technician Hours"));
		this.$body = $('<div class="as-workshop"></div>').appendTo(this.page.main);
		this.bind();
		frappe.realtime.doctype_subscribe?.("Service Order");
		this.load_soon = frappe.utils.debounce(() => this.load(), 1500);
		frappe.realtime.on("list_update", (data) => {
			if (data.doctype === "Service Order" && frappe.get_route()[0] === "workshop-board") this.load_soon();
		});
	}

	show() {
		return this.load();
	}

	load() {
		const asked = (this.asked = (this.asked || 0) + 1);
		return frappe.xcall(`${BOARD}.board`, this.outlet ? { outlet: this.outlet } : {}).then((board) => {
			if (asked !== this.asked) return;
			this.board = board;
			this.render();
		});
	}

	render() {
		const { bays, orders } = this.board;
		const names = Object.fromEntries(this.board.technicians.map((row) => [row.name, row.technician_name]));
		const lane = (id, title, cards, extra = "") => `<section class="as-lane" ${extra} aria-label="${esc(title)}">
			<h5>${esc(title)} <span class="text-muted">${cards.length || ""}</span></h5>
			${cards.map((order) => this.card(order, names)).join("")}</section>`;
		const of = (id) => orders.filter((order) => order.lane === id);
		const bay_lanes = bays.map((bay) => {
			const inside = orders.filter((order) => order.lane === "bay" && order.bay === bay.name);
			const title = [bay.bay_name, bay.kind ? __(bay.kind) : "", this.outlet ? "" : bay.outlet].filter(Boolean).join(" · ");
			return lane("bay", title, inside, `data-bay="${esc(bay.name)}" data-free="${inside.length ? "" : "1"}"`);
		});
		this.$body.html(
			`${lane("waiting", __("Waiting for a Bay"), of("waiting"), 'data-bay=""')}
			<div class="as-bays">${bay_lanes.join("") || `<p class="text-muted">${__("There are no bays yet. Add them under Service Bay.")}</p>`}</div>
			<div class="as-out">${lane("inspection", __("Inspected, to Complete"), of("inspection"))}
			${lane("ready", __("Ready for Delivery"), of("ready"))}</div>`
		);
	}

	card(order, names) {
		const running = order.running.map(
			(row) => `<button class="btn btn-xs btn-default" data-act="stop" data-time="${esc(row.name)}">■ ${esc(
				row.technician_name
			)} ${esc(row.started_at.slice(11, 16))}</button>`
		);
		const button = (act, label) => `<button class="btn btn-xs btn-default" data-act="${act}">${label}</button>`;
		const actions = {
			waiting: [button("place", __("Into a Bay")), button("start", __("Start Work"))],
			bay: [button("start", __("Start Work")), button("inspect", __("Inspect")), button("out", __("Out of the Bay"))],
			inspection: [button("open", __("Complete"))],
			ready: [button("deliver", __("Deliver"))],
		}[order.lane];
		const facts = [order.product_name, order.serial_no, names[order.technician]].filter(Boolean).map(esc).join(" · ");
		const movable = order.lane === "waiting" || order.lane === "bay";
		return `<article class="as-order ${order.late ? "is-late" : ""}" draggable="${movable}"
				data-order="${esc(order.name)}">
			<div class="as-order-head"><a href="/app/service-order/${encodeURIComponent(order.name)}"><b>${esc(
				order.customer_name || order.name
			)}</b></a> ${pill(__(order.status), order.late ? "red" : "gray")}
				${order.inspection === "Rework" ? pill(__("Rework"), "orange") : ""}</div>
			<div class="text-muted">${esc(order.name)}</div>
			<div>${facts}</div>
			${order.symptom ? `<div class="text-muted as-clip">${esc(order.symptom)}</div>` : ""}
			${order.promised_at ? `<div class="${order.late ? "as-late" : "text-muted"}">${__("Promised")}: ${esc(order.promised_at.slice(0, 16))}</div>` : ""}
			${order.hours ? `<div class="text-muted">${__("{0} hours so far", [order.hours])}</div>` : ""}
			${this.board.may_change ? `<div class="as-actions">${running.join("")}${actions.join("")}</div>` : ""}
		</article>`;
	}

	bind() {
		this.$body.on("click", "[data-act]", (event) => {
			const order = this.order_of($(event.currentTarget).closest("[data-order]").data("order"));
			this[event.currentTarget.dataset.act](order, event.currentTarget.dataset);
		});
		this.$body.on("dragstart", "[data-order]", (event) => {
			this.dragged = event.currentTarget.dataset.order;
			event.originalEvent.dataTransfer.setData("text/plain", this.dragged);
		});
		this.$body.on("dragover dragleave drop", "[data-bay]", (event) => {
			if (!this.dragged) return;
			$(event.currentTarget).toggleClass("is-target", event.type === "dragover");
			if (event.type === "dragleave") return;
			event.preventDefault();
			if (event.type !== "drop") return;
			const order = this.order_of(this.dragged);
			this.dragged = null;
			this.move(order, event.currentTarget.dataset.bay);
		});
	}

	order_of(name) {
		return this.board.orders.find((order) => order.name === name);
	}

	move(order, bay) {
		return frappe
			.xcall(`${BOARD}.place`, { order: order.name, modified: order.modified, ...(bay ? { bay } : {}) })
			.finally(() => this.load());
	}

	out(order) {
		return this.move(order, "");
	}

	place(order) {
		const taken = new Set(this.board.orders.filter((row) => row.lane === "bay").map((row) => row.bay));
		const free = this.board.bays.filter((bay) => !taken.has(bay.name));
		if (!free.length) return frappe.show_alert({ message: __("Every bay is taken."), indicator: "orange" });
		frappe.prompt(
			{
				fieldname: "bay",
				fieldtype: "Select",
				label: __("Bay"),
				reqd: 1,
				options: free.map((bay) => ({ value: bay.name, label: bay.bay_name })),
				default: free[0].name,
			},
			({ bay }) => this.move(order, bay),
			__("Into a Bay"),
			__("Move")
		);
	}

	start(order) {
		const mine = this.board.technicians.find((row) => row.user === frappe.session.user);
		frappe.prompt(
			{
				fieldname: "technician",
				fieldtype: "Select",
				label: __("Technician"),
				reqd: 1,
				options: this.board.technicians.map((row) => ({ value: row.name, label: row.technician_name })),
				default: order.technician || mine?.name,
			},
			({ technician }) =>
				frappe.xcall(`${BOARD}.start_work`, { order: order.name, technician }).finally(() => this.load()),
			__("Start Work"),
			__("Start")
		);
	}

	stop(_order, { time }) {
		return frappe.xcall(`${BOARD}.stop_work`, { job_time: time }).finally(() => this.load());
	}

	inspect(order) {
		frappe.new_doc("Completion Inspection", { service_order: order.name });
	}

	deliver(order) {
		frappe.new_doc("Order Delivery", { service_order: order.name });
	}

	open(order) {
		frappe.set_route("Form", "Service Order", order.name);
	}
}
