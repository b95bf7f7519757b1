// What makes the customer portal more comfortable. Every page works without it: the server answers plain forms.
(() => {
	"use strict";
	const WAIT = 250; // ms after the last key
	const LONGEST_SIDE = 1800; // pixels of a picture that is sent
	const words = JSON.parse(document.body.dataset.words);
	const say = (text, value) => text.replace("{0}", value);

	async function ask(method, text) {
		const answer = await fetch(`/api/method/aftersales.portal.api.${method}?${new URLSearchParams({ text })}`, {
			headers: { Accept: "application/json" },
			credentials: "same-origin",
		});
		return answer.ok ? (await answer.json()).message || [] : [];
	}

	function whenTyped(input, run) {
		let timer;
		let last = input.value;
		input.addEventListener("input", () => {
			clearTimeout(timer);
			timer = setTimeout(async () => {
				const text = input.value.trim();
				if (text === last) return;
				last = text;
				const rows = text.length < 2 ? [] : await run(text).catch(() => []);
				if (text === last) input.dispatchEvent(new CustomEvent("found", { detail: rows }));
			}, WAIT);
		});
	}

	// Answers below a field while one types; plain links, so Tab reaches them and nothing is trapped.
	function suggestAnswers(input) {
		const box = document.getElementById(input.dataset.suggest);
		const status = document.createElement("p");
		status.setAttribute("role", "status");
		const list = document.createElement("ul");
		box.append(status, list);
		const newTab = input.form.method === "post";
		whenTyped(input, (text) => ask("suggest_answers", text));
		input.addEventListener("found", ({ detail }) => {
			list.replaceChildren(
				...detail.map((row) => {
					const link = document.createElement("a");
					link.href = `/service/faq/${encodeURIComponent(row.name)}`;
					link.textContent = row.question;
					if (newTab) link.target = "_blank";
					const item = document.createElement("li");
					item.append(link);
					return item;
				})
			);
			status.textContent = detail.length ? words.answers : "";
			box.hidden = !detail.length;
		});
		input.addEventListener("keydown", (event) => {
			if (event.key === "Escape") box.hidden = true;
		});
	}

	function suggestProducts(input) {
		const list = document.getElementById(input.dataset.products);
		whenTyped(input, (text) => ask("suggest_products", text));
		input.addEventListener("found", ({ detail }) => {
			list.replaceChildren(
				...detail.map((row) => {
					const option = document.createElement("option");
					option.value = row.code;
					option.label = [row.name, row.model].filter(Boolean).join(" · ");
					option.textContent = option.label;
					return option;
				})
			);
		});
	}

	// A lost connection or a wrong click costs nobody their text.
	function keepTyped(form) {
		const key = `aftersales-portal:${form.dataset.keep}`;
		const fields = [...form.elements].filter((field) => field.matches("input[maxlength], textarea"));
		const kept = JSON.parse(sessionStorage.getItem(key) || "{}");
		for (const field of fields) if (!field.value && kept[field.name]) field.value = kept[field.name];
		form.addEventListener("input", () => {
			const values = Object.fromEntries(fields.map((field) => [field.name, field.value]));
			sessionStorage.setItem(key, JSON.stringify(values));
		});
	}

	// After a form was taken, the page says so in its address; what was kept for it is no longer needed.
	function forgetSent() {
		const done = new URLSearchParams(location.search).get("done");
		if (done === "sent") sessionStorage.removeItem("aftersales-portal:ticket-new");
		if (["booked", "requested"].includes(done)) sessionStorage.removeItem("aftersales-portal:appointment-new");
		if (done === "reply") {
			const ticket = decodeURIComponent(location.pathname.split("/").pop());
			sessionStorage.removeItem(`aftersales-portal:reply-${ticket}`);
		}
	}

	function sendOnce(form) {
		form.addEventListener("submit", () => {
			const button = form.querySelector("button:not([type=button])");
			// After this event, so that the browser has read the form.
			setTimeout(() => {
				button.disabled = true;
				button.textContent = words.sending;
			});
		});
	}

	// Photographs are made smaller before they are sent: faster on the road, and without the place where they were taken.
	async function smaller(file) {
		if (!/^image\/(jpeg|png|webp)$/.test(file.type)) return file;
		const picture = await createImageBitmap(file, { imageOrientation: "from-image" }).catch(() => null);
		if (!picture) return file;
		const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
		if (scale === 1 && file.size < 500_000) return file;
		const canvas = document.createElement("canvas");
		canvas.width = Math.round(picture.width * scale);
		canvas.height = Math.round(picture.height * scale);
		canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
		const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
		if (!blob || blob.size >= file.size) return file;
		return new File([blob], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg" });
	}

	function checkFiles(input) {
		const said = document.getElementById("files-said");
		const most = Number(input.dataset.most);
		const largest = Number(input.dataset.mb) * 1024 * 1024;
		input.addEventListener("change", async () => {
			const files = await Promise.all([...input.files].map(smaller));
			const transfer = new DataTransfer();
			files.forEach((file) => transfer.items.add(file));
			input.files = transfer.files;
			const large = files.find((file) => file.size > largest);
			const problem =
				files.length > most ? say(words.tooMany, most) : large ? say(words.tooLarge, large.name) : "";
			input.setCustomValidity(problem);
			said.textContent = problem || (files.length ? say(words.chosen, files.length) : "");
		});
	}

	// Reading a bar code or QR code with the camera, where the browser can. Our own labels lead to the device's page.
	function scanWithCamera(button) {
		if (!("BarcodeDetector" in window) || !navigator.mediaDevices) return;
		const input = document.getElementById(button.dataset.scan);
		const box = document.getElementById(`${button.dataset.scan}-camera`);
		let stream;
		const stop = () => {
			stream?.getTracks().forEach((track) => track.stop());
			stream = null;
			box.hidden = true;
			box.replaceChildren();
			button.textContent = words.scan;
		};
		const take = (value) => {
			stop();
			const label = value.match(/\/service\/d\/\w+$/);
			if (label) location.href = label[0];
			else {
				input.value = value;
				input.focus();
			}
		};
		async function start() {
			stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
			const video = document.createElement("video");
			Object.assign(video, { srcObject: stream, muted: true, playsInline: true });
			box.replaceChildren(video);
			box.hidden = false;
			button.textContent = words.stop;
			await video.play();
			const detector = new BarcodeDetector();
			while (stream) {
				const [code] = await detector.detect(video).catch(() => []);
				if (code && stream) return take(code.rawValue);
				await new Promise((next) => setTimeout(next, WAIT));
			}
		}
		button.hidden = false;
		button.addEventListener("click", () => {
			if (stream) return stop();
			start().catch(() => {
				stop();
				box.textContent = words.noCamera;
				box.hidden = false;
			});
		});
	}

	document.querySelectorAll("[data-suggest]").forEach(suggestAnswers);
	document.querySelectorAll("[data-products]").forEach(suggestProducts);
	document.querySelectorAll("[data-scan]").forEach(scanWithCamera);
	forgetSent();
	document.querySelectorAll("form[data-keep]").forEach(keepTyped);
	document.querySelectorAll("form[data-once]").forEach(sendOnce);
	document.querySelectorAll("input[type=file][data-most]").forEach(checkFiles);
	document.getElementById("problem")?.focus();
})();
