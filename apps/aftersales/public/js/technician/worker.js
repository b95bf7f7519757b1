// Keeps the page for times without a connection; FILES is put in front by the server. Nothing but the page and its files is kept:
// orders lie in the page's own storage.
const NAME = `technician-${FILES.join("|").replace(/[^\d|]/g, "")}`;
const PAGE = "/technician";

self.addEventListener("install", (event) => {
	event.waitUntil(
		caches
			.open(NAME)
			.then((cache) => cache.addAll(FILES))
			.then(() => self.skipWaiting())
	);
});

self.addEventListener("activate", (event) => {
	event.waitUntil(
		caches
			.keys()
			.then((names) =>
				Promise.all(names.filter((name) => name.startsWith("technician-") && name !== NAME).map((name) => caches.delete(name)))
			)
			.then(() => self.clients.claim())
	);
});

self.addEventListener("fetch", (event) => {
	const address = new URL(event.request.url);
	if (event.request.method !== "GET" || address.origin !== location.origin) return;
	if (address.pathname === PAGE) event.respondWith(page(event.request));
	else if (FILES.includes(address.pathname + address.search))
		event.respondWith(caches.match(event.request).then((kept) => kept || fetch(event.request)));
});

async function page(request) {
	const cache = await caches.open(NAME);
	try {
		const answer = await fetch(request);
		if (answer.ok && !answer.redirected) await cache.put(PAGE, answer.clone());
		else if (answer.status === 403) await cache.delete(PAGE);
		return answer;
	} catch (error) {
		const kept = await cache.match(PAGE);
		if (kept) return kept;
		throw error;
	}
}
