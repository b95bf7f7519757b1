// What the page shows. Elements are made, never HTML from texts, so nothing in a record can run.
(() => {
	"use strict";
	const { say } = window.phone;
	const IN_HOUSE = ["Workshop", "Counter Repair"];
	const OVER = ["Completed", "Followed Up", "Audited", "Continued", "Cancelled"];

	function el(tag, attributes = {}, ...children) {
		const node = document.createElement(tag);
		for (const [name, value] of Object.entries(attributes)) {
			if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
			else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
		}
		node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
		return node;
	}

	const time = (moment) => (moment ? String(moment).slice(11, 16) : "");
	const planned = (order) =>
		order.planned_start ? `${time(order.planned_start)}–${time(order.planned_end)}` : "";
	const money = (value) => Number(value || 0).toFixed(2);

	/** Where an order stands: the steps that were taken, and the next one. */
	function steps_of(order) {
		const taken = {
			received: order.received_at || !["Open", "Dispatched"].includes(order.stage),
			departed: order.departed_at || order.arrived_at,
			arrived: order.arrived_at,
			done: order.completed_at || OVER.includes(order.stage),
		};
		const names = IN_HOUSE.includes(order.order_kind) ? ["received", "arrived", "done"] : Object.keys(taken);
		return { names, taken, next: taken.done ? null : names.find((name) => !taken[name]) };
	}

	/** What was done last, not what comes next: the list says where each order stands. */
	function standing(order) {
		const { names, taken } = steps_of(order);
		if (order.stage === "Waiting" && !taken.done) return say("waits");
		const last = taken.done ? "done" : names.filter((name) => taken[name]).pop();
		return last ? `✓ ${say(last)}` : say("new");
	}

	function card(order, open) {
		const { taken } = steps_of(order);
		const urgent = ["High", "Critical"].includes(order.urgency);
		return el(
			"li",
			{},
			el(
				"button",
				{
					class: `card ${taken.done ? "is-done" : ""} ${urgent ? "is-urgent" : ""}`,
					"data-order": order.name,
					onclick: () => open(order.name),
				},
				el(
					"span",
					{ class: "row" },
					el("span", { class: "time" }, planned(order) || order.name),
					el("span", { class: "tag" }, standing(order))
				),
				el("h2", {}, order.customer_name || order.name),
				el("p", {}, order.address || order.region || ""),
				el("p", { class: "muted" }, [order.product_name, order.symptom].filter(Boolean).join(" · "))
			)
		);
	}

	function list(day, open) {
		if (!day.orders.length) return el("p", { class: "note" }, say("none"));
		return el("ol", { class: "list" }, day.orders.map((order) => card(order, open)));
	}

	function progress(order) {
		const { names, taken, next } = steps_of(order);
		return el(
			"ol",
			{ class: "steps" },
			names.map((name) =>
				el("li", { class: taken[name] ? "is-done" : "", "aria-current": name === next ? "step" : null }, say(name))
			)
		);
	}

	const box = (title, ...content) => el("section", { class: "box" }, el("h2", {}, title), ...content);

	function facts(order) {
		const map = order.latitude && order.longitude ? `${order.latitude},${order.longitude}` : "0,0";
		const last = order.last_visit;
		return el(
			"section",
			{ class: "box" },
			el("p", { class: "row" }, el("b", {}, order.name), planned(order) ? el("span", { class: "tag" }, planned(order)) : null),
			order.promised_at ? el("p", {}, `${say("promised")}: ${String(order.promised_at).slice(0, 16)}`) : null,
			el("p", {}, order.address || ""),
			el(
				"p",
				{ class: "two" },
				order.contact_phone
					? el(
							"a",
							{ class: "button", href: `tel:${order.contact_phone.replace(/[^\d+*#]/g, "")}` },
							`${say("call")} ${order.contact_phone}`
					  )
					: null,
				order.address
					? el("a", { class: "button", href: `geo:${map}?q=${encodeURIComponent(order.address)}` }, say("map"))
					: null
			),
			el("p", {}, [order.product_name, order.serial_no].filter(Boolean).join(" · ")),
			order.warranty_state ? el("p", { class: "muted" }, `${say("warranty")}: ${say(order.warranty_state)}`) : null,
			order.symptom ? el("p", {}, el("b", {}, `${say("fault")}: `), order.symptom) : null,
			order.work_instruction ? el("p", {}, el("b", {}, `${say("instruction")}: `), order.work_instruction) : null,
			last ? el("p", { class: "muted" }, `${say("lastVisit")} ${last.on}: ${last.result}`) : null
		);
	}

	function part(order, row) {
		const payer = row.unsent
			? say("chargeLater")
			: `${money(row.amount)} · ${say(row.charge_to || "Customer")}${row.charge_reason ? `: ${row.charge_reason}` : ""}`;
		// The service gives a part the name by which it is taken away; before that there is nothing to take away.
		const fixed = steps_of(order).taken.done || row.unsent;
		return el(
			"li",
			{ class: "part" },
			el(
				"span",
				{ class: "row" },
				el(
					"span",
					{},
					el("b", {}, `${row.qty} × ${row.part_name || row.spare_part}`),
					row.serial_no ? ` ${row.serial_no}` : ""
				),
				fixed
					? null
					: el(
							"button",
							{
								"aria-label": `${say("remove")}: ${row.part_name || row.spare_part}`,
								onclick: () => window.phone.act(order.name, "part-removed", { row: row.name }),
							},
							"×"
					  )
			),
			el("span", { class: "muted" }, payer)
		);
	}

	function parts(order) {
		return el(
			"div",
			{},
			order.parts.length
				? el("ul", { class: "list" }, order.parts.map((row) => part(order, row)))
				: el("p", { class: "muted" }, say("noParts")),
			el("p", { class: "row" }, el("span", {}, say("customerPays")), el("span", { class: "sum" }, money(order.customer_pays)))
		);
	}

	/** Pick a part from the own stock by name, number or bar code. */
	function part_picker(order, stock) {
		const found = el("ul", { class: "list" });
		const chosen = el("div");
		const input = el("input", { type: "search", id: "find-part", autocomplete: "off" });
		const free = stock.filter((row) => row.free > 0);

		function show() {
			const wanted = input.value.trim().toLowerCase();
			const fits = free.filter((row) =>
				[row.part_name, row.spare_part, ...(row.serials || [])].some((text) =>
					String(text || "").toLowerCase().includes(wanted)
				)
			);
			chosen.replaceChildren();
			found.replaceChildren(
				...(fits.length
					? fits.slice(0, 8).map((row) =>
							el(
								"li",
								{},
								el(
									"button",
									{ onclick: () => choose(row) },
									[`${row.part_name} (${row.spare_part})`, say("inStock", row.free), money(row.price)].join(" · ")
								)
							)
					  )
					: [el("li", { class: "muted" }, say("noStock"))])
			);
		}

		function choose(row) {
			const qty = el("input", { type: "number", id: "qty", min: "1", max: row.free, step: "any", value: "1", inputmode: "decimal" });
			const serial = row.serials?.length
				? el("select", { id: "serial" }, row.serials.map((one) => el("option", { value: one }, one)))
				: null;
			const old = el("input", { id: "old-serial", maxlength: "140" });
			found.replaceChildren();
			chosen.replaceChildren(
				el("p", {}, el("b", {}, row.part_name)),
				el("label", { for: "qty" }, say("quantity")),
				qty,
				...(serial ? [el("label", { for: "serial" }, say("serial")), serial] : []),
				el("label", { for: "old-serial" }, say("oldSerial")),
				old,
				el(
					"button",
					{
						onclick: () => {
							const values = {
								spare_part: row.spare_part,
								qty: Number(qty.value) || 1,
								serial_no: serial?.value || "",
								old_serial_no: old.value,
							};
							if (window.phone.act(order.name, "part-added", values)) {
								input.value = "";
								chosen.replaceChildren();
								input.focus();
							}
						},
					},
					say("add")
				)
			);
			qty.focus();
		}

		input.addEventListener("input", show);
		input.addEventListener("focus", () => found.childElementCount || chosen.childElementCount || show());
		return el("div", {}, el("label", { for: "find-part" }, say("findPart")), input, found, chosen);
	}

	const photos = (order) =>
		el(
			"div",
			{ class: "photos" },
			order.pictures.map((row, number) => el("img", { src: row.image, alt: `${say("photos")} ${number + 1}`, loading: "lazy" }))
		);

	window.phone.views = { box, el, facts, list, money, parts, part_picker, photos, progress, steps_of };
})();
