#!/usr/bin/env node
// The realtime server of a bench: brings what Frappe publishes in Redis to the browsers it is for.
// For a Frappe that came without its own; the protocol is that of frappe/realtime.py and of the
// desk's socketio_client.js.

import http from "node:http";

import { Bench, readArguments, redisOptions, requireFrom, UsageError } from "./lib/bench.mjs";
import { welcome } from "./lib/rooms.mjs";
import { ask, credentialsOf, isGuest, Refused, siteOf } from "./lib/site.mjs";

const USAGE = "node realtime.mjs --bench DIR --modules NODE_MODULES_DIR";
const CHANNEL = "events";
const LARGEST_MESSAGE = 100_000;
const GOODBYE_MS = 2000;

async function main() {
	const options = readArguments(USAGE);
	const bench = new Bench(options.bench);
	const require = requireFrom(options.modules);
	const { redis_queue: redisAddress, socketio_port: port = 9000 } = bench.config();
	if (!redisAddress) throw new UsageError("sites/common_site_config.json names no redis_queue.");

	const server = http.createServer((_, response) => response.writeHead(404).end());
	const sockets = new Sockets(require("socket.io"), server, bench);
	await listen(server, port);
	const redis = subscribe(require("@redis/client"), redisAddress, (text) => sockets.relay(text));
	console.log(`Realtime server on 127.0.0.1:${port}`);
	for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, () => stop(sockets, redis));
}

/** The connected browsers of all sites, each site in a namespace of its own. */
class Sockets {
	constructor({ Server }, server, bench) {
		this.bench = bench;
		// Namespaces that have sockets. Asking socket.io for one would make it.
		this.sites = new Map();
		this.io = new Server(server, {
			// Any origin may ask; `admit` lets in those whose host is the server's own.
			cors: { origin: true, credentials: true },
			cleanupEmptyChildNamespaces: true,
			maxHttpBufferSize: LARGEST_MESSAGE,
			serveClient: false,
		});
		this.all = this.io.of(/^\/.+$/);
		this.all.use((socket, next) => this.admit(socket).then(() => next(), next));
		this.all.on("connection", (socket) => {
			this.sites.set(socket.nsp.name, socket.nsp);
			welcome(socket);
		});
	}

	/** Finds out whose socket this is; throws what the browser is told when it is refused. */
	async admit(socket) {
		const { headers } = socket.request;
		const site = siteOf(this.bench, headers);
		if (socket.nsp.name !== `/${site.name}`) throw new Refused("Invalid namespace");
		const credentials = credentialsOf(headers);
		let info;
		try {
			info = await ask(site, credentials, "frappe.realtime.get_user_info");
		} catch (error) {
			throw new Refused(`Unauthorized: ${error.message}`);
		}
		// An ended session is answered as Guest; its page shall not go on as if it were logged in.
		if (typeof info?.user !== "string" || (info.user === "Guest" && !isGuest(credentials))) {
			throw new Refused("Unauthorized: the session has ended");
		}
		Object.assign(socket.data, { site, credentials, user: info.user, userType: info.user_type });
	}

	/** Sends on one message of frappe.publish_realtime. What is not one is passed over. */
	relay(text) {
		try {
			const { event, message, room, namespace } = JSON.parse(text);
			if (typeof event !== "string" || !event) return;
			if (typeof namespace === "string" && typeof room === "string" && room) {
				this.sites.get(`/${namespace}`)?.to(room).emit(event, message);
			} else if (event === "build_event" && !namespace) {
				// New assets concern every site and say nothing about any.
				for (const site of this.sites.values()) site.emit(event, message);
			}
		} catch (error) {
			console.error(`A message on "${CHANNEL}" was passed over: ${error.message}`);
		}
	}

	close() {
		return new Promise((done) => this.io.close(done));
	}
}

/** Listens to Redis for ever; says once when the connection is lost and once when it is back. */
function subscribe({ createClient }, address, onMessage) {
	const options = redisOptions(address);
	options.socket.reconnectStrategy = (tries) => Math.min(100 * 2 ** tries, 3000);
	const client = createClient(options);
	let lost = false;
	client.on("error", (error) => {
		if (!lost) console.error(`Redis is not reachable: ${error.message || error.code}`);
		lost = true;
	});
	client.on("ready", () => {
		if (lost) console.log("Redis is reachable again");
		lost = false;
	});
	client
		.connect()
		.then(() => client.subscribe(CHANNEL, onMessage))
		.catch((error) => {
			if (client.isOpen) console.error(`Redis: ${error.message}`);
		});
	return client;
}

function listen(server, port) {
	return new Promise((resolve, reject) => {
		server.once("error", (error) => {
			const taken = error.code === "EADDRINUSE";
			const text = taken ? "is taken: change socketio_port or end its owner" : error.message;
			reject(new UsageError(`Port ${port} ${text}.`));
		});
		server.listen(port, "127.0.0.1", resolve);
	});
}

async function stop(sockets, redis) {
	setTimeout(() => process.exit(0), GOODBYE_MS).unref();
	await Promise.allSettled([sockets.close(), redis.isOpen ? redis.disconnect() : null]);
	process.exit(0);
}

try {
	await main();
} catch (error) {
	console.error(error instanceof UsageError ? error.message : error);
	process.exit(1);
}
