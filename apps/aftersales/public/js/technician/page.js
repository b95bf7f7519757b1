// The technician's page: the list of the day, one order at a time, and what is sent.
(() => {
	"use strict";
	const { phone } = window;
	const { say } = phone;
	const { box, el, facts, list, parts, part_picker, photos, progress, steps_of } = phone.views;
	const main = document.getElementById("main");
	const title = document.getElementById("title");
	const net = document.getElementById("net");
	const LONGEST_SIDE = 1400; // pixels of a photograph that is sent
	let shown = null; // {name, update} of the order that is open

	const order_of = (name) => phone.day().orders.find((row) => row.name === name);

	function show() {
		const name = decodeURIComponent(location.hash.slice(1));
		const order = name && order_of(name);
		if (!order) return show_list();
		if (shown?.name !== name) {
			shown = { name, update: open_order(order) };
			title.focus();
			scrollTo(0, 0);
		}
		shown.update(order);
		show_net();
	}

	function show_list() {
		const day = phone.day();
		shown = null;
		title.textContent = say("today");
		document.getElementById("who").textContent = [day.technician_name, day.day].filter(Boolean).join(" · ");
		main.replaceChildren(list(day, (name) => (location.hash = encodeURIComponent(name))));
		show_net();
	}

	/** Build an order's page once; what was typed stays when something comes from the server. */
	function open_order(order) {
		title.textContent = order.customer_name || order.name;
		document.getElementById("who").textContent = "";
		const steps = el("div");
		const next = el("div");
		const part_list = el("div");
		const photo_list = el("div");
		const report = finish_form(order.name);
		const picker = part_picker(order, phone.day().stock);
		main.replaceChildren(
			el("p", {}, el("button", { onclick: () => (location.hash = "") }, `← ${say("back")}`)),
			steps,
			next,
			facts(order),
			box(say("parts"), part_list, picker),
			box(say("photos"), photo_list, photo_button(order.name)),
			report.section
		);
		return (now) => {
			const { next: step, taken } = steps_of(now);
			steps.replaceChildren(progress(now));
			next.replaceChildren(...(step && step !== "done" ? [big_button(now.name, step)] : []), sheet(now, taken));
			part_list.replaceChildren(parts(now));
			photo_list.replaceChildren(photos(now));
			picker.hidden = Boolean(taken.done);
			report.section.hidden = Boolean(taken.done) || step !== "done";
		};
	}

	function big_button(name, step) {
		return el("button", { class: "main", "data-step": step, onclick: () => phone.act(name, step) }, say(step));
	}

	function sheet(order, taken) {
		const query = new URLSearchParams({ doctype: "Service Order", name: order.name, format: "Service Report" });
		return taken.done && !order.unsent ? el("p", {}, el("a", { class: "button", href: `/printview?${query}` }, say("sheet"))) : "";
	}

	function finish_form(name) {
		const draft = phone.draft(name);
		const field = (tag, id, label, more = {}) => {
			const input = el(tag, { id, maxlength: "4000", ...more });
			input.value = draft[id] || "";
			input.addEventListener("input", () => phone.keep_draft(name, { ...phone.draft(name), [id]: input.value }));
			return [el("label", { for: id }, label), input];
		};
		const content = field("textarea", "content", say("report"));
		const result = field("input", "result", say("result"));
		const reason = field("input", "reason", say("reason"));
		const signer = field("input", "signed_by", say("signedBy"), { maxlength: "140", autocomplete: "off" });
		const canvas = el("canvas", { role: "img", "aria-label": say("signature") });
		const pad = phone.signature(canvas);
		const problem = el("p", { class: "net bad", role: "alert" });
		const values = () => ({ content: content[1].value, result: result[1].value });

		function send(action, more = {}) {
			problem.textContent = "";
			const sent = values();
			if (!sent.content.trim() && !sent.result.trim()) return complain(say("write"), content[1]);
			if (action === "to-be-continued" && !reason[1].value.trim()) return complain(say("giveReason"), reason[1]);
			if (phone.act(name, action, { ...sent, ...more })) location.hash = "";
		}

		function complain(text, input) {
			problem.textContent = text;
			input.focus();
		}

		const signed = () => ({ signature: pad.data(), signed_by: signer[1].value });
		const section = el(
			"section",
			{ class: "box" },
			...content,
			...result,
			el("h2", {}, say("signature")),
			canvas,
			el("p", {}, el("button", { onclick: () => pad.clear() }, say("clear"))),
			...signer,
			problem,
			el("button", { class: "main finish", "data-step": "done", onclick: () => send("done", signed()) }, say("finish")),
			el(
				"details",
				{},
				el("summary", {}, say("more")),
				...reason,
				el(
					"div",
					{ class: "two" },
					el("button", { onclick: () => send("awaiting-parts") }, say("awaiting-parts")),
					el("button", { onclick: () => send("to-be-continued", { ...signed(), reason: reason[1].value }) }, say("to-be-continued"))
				)
			)
		);
		return { section };
	}

	function photo_button(name) {
		const input = el("input", { type: "file", accept: "image/*", multiple: true });
		input.addEventListener("change", async () => {
			for (const file of input.files) {
				const content = await smaller(file);
				if (content) phone.act(name, "picture-added", { filename: "photo.jpg", content });
			}
			input.value = "";
		});
		return el("label", { class: "button file" }, say("takePhoto"), input);
	}

	/** Photographs are made smaller: faster on the road, and without the place where they were taken. */
	async function smaller(file) {
		const picture = await createImageBitmap(file, { imageOrientation: "from-image" }).catch(() => null);
		if (!picture) return null;
		const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
		const canvas = document.createElement("canvas");
		canvas.width = Math.round(picture.width * scale);
		canvas.height = Math.round(picture.height * scale);
		canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
		return canvas.toDataURL("image/jpeg", 0.8).split(",")[1];
	}

	function show_net() {
		const queue = phone.queue();
		const refused = queue[0]?.refused;
		net.classList.toggle("bad", Boolean(refused));
		net.replaceChildren();
		if (refused)
			net.append(
				el("p", {}, `${queue[0].order}: ${say("refused", refused)}`),
				el("button", { onclick: () => phone.settle(true) }, say("retry")),
				" ",
				el("button", { onclick: () => phone.settle(false) }, say("discard"))
			);
		else if (queue.length) net.append(`${navigator.onLine ? "" : `${say("offline")} `}${say("waiting", queue.length)}`);
		else if (!navigator.onLine) net.append(say("offline"));
	}

	window.addEventListener("hashchange", show);
	window.addEventListener("offline", show_net);
	document.addEventListener("phone:day", show);
	document.addEventListener("phone:net", show_net);
	document.addEventListener("phone:full", () => {
		net.classList.add("bad");
		net.replaceChildren(say("full"));
	});
	document.addEventListener("visibilitychange", () => document.hidden || phone.load());
	navigator.serviceWorker?.register("/technician/worker.js", { scope: "/technician" }).catch(() => null);
	show();
	phone.load();
})();
