// Asking a site, over HTTP as the person behind a socket, who that is and what they may read.

import fs from "node:fs";
import http from "node:http";
import path from "node:path";

const LOOPBACK = ["127.0.0.1", "localhost"];
const TIMEOUT_MS = 15_000;
const LARGEST_ANSWER = 1_000_000;

/** Keeps connections to the web server open: a form that opens asks several times. */
const agent = new http.Agent({ keepAlive: true, maxSockets: 16 });

/** A site said no, or could not be asked. */
export class Refused extends Error {}

/**
 * The site that a socket belongs to, from the headers that the browser sent with it.
 *
 * The page's origin names the site, as the web server takes it from the Host header. A page of
 * another host must not open sockets with the cookies of this one, so both must agree.
 *
 * @param {import("./bench.mjs").Bench} bench
 * @param {object} headers of the socket's first request
 * @returns {{name: string, port: number}} the site's name and the port that its page came from
 * @throws {Refused}
 */
export function siteOf(bench, headers) {
	const origin = parseAddress(headers.origin);
	const host = parseAddress(`http://${headers.host}`);
	if (!origin || !host || origin.hostname !== host.hostname) throw new Refused("Invalid origin");
	const config = bench.config();
	const isAlias = LOOPBACK.includes(origin.hostname) && config.default_site;
	const name = isAlias ? config.default_site : origin.hostname;
	if (!/^[\w-][\w.-]*$/.test(name)) throw new Refused("Invalid site");
	const siteConfig = path.join(bench.sites, name, "site_config.json");
	if (!fs.existsSync(siteConfig)) throw new Refused("Unknown site");
	return { name, port: webPort(origin, Number(config.webserver_port) || 8000) };
}

/**
 * Where to ask. Usually the bench's web server; during development and tests a site may be served
 * on further ports. A port out of a header is used only when a server of this very user listens
 * there: any other could answer with a name of its choice.
 */
function webPort(origin, standard) {
	const port = Number(origin.port);
	if (!port || port === standard || origin.protocol !== "http:") return standard;
	return listensHere(port) ? port : standard;
}

function listensHere(port) {
	const LISTEN = "0A";
	const addresses = ["0100007F", "00000000"].map(
		(address) => `${address}:${port.toString(16).toUpperCase().padStart(4, "0")}`,
	);
	let table;
	try {
		table = fs.readFileSync("/proc/net/tcp", "utf8");
	} catch {
		return false; // no Linux: the standard port remains
	}
	return table.split("\n").some((line) => {
		const [, local, , state, , , , uid] = line.trim().split(/\s+/);
		return state === LISTEN && addresses.includes(local) && Number(uid) === process.getuid();
	});
}

function parseAddress(text) {
	try {
		return new URL(text);
	} catch {
		return null;
	}
}

/** What proves who is behind a socket: the session cookie, or an API token. */
export function credentialsOf(headers) {
	const sid = /(?:^|;\s*)sid=([^;\s]+)/.exec(headers.cookie ?? "")?.[1];
	if (sid) return { Cookie: `sid=${sid}` };
	if (headers.authorization) return { Authorization: headers.authorization };
	throw new Refused("Not logged in");
}

/** True when the credentials are those of a visitor who has not logged in. */
export function isGuest(credentials) {
	return credentials.Cookie === "sid=Guest";
}

/**
 * Calls a whitelisted method.
 *
 * @param {{name: string, port: number}} site
 * @param {object} credentials from credentialsOf
 * @param {string} method dotted path
 * @param {object} parameters
 * @returns {Promise<any>} the method's answer
 * @throws {Refused} on any answer but 200, and when the site cannot be reached
 */
export function ask(site, credentials, method, parameters = {}) {
	const options = {
		agent,
		host: "127.0.0.1",
		port: site.port,
		path: `/api/method/${method}?${new URLSearchParams(parameters)}`,
		timeout: TIMEOUT_MS,
		headers: {
			Host: `${site.name}:${site.port}`,
			"X-Frappe-Site-Name": site.name,
			Accept: "application/json",
			...credentials,
		},
	};
	return new Promise((resolve, reject) => {
		const request = http.get(options, (response) => {
			let text = "";
			response.setEncoding("utf8");
			response.on("data", (part) => {
				text += part;
				if (text.length > LARGEST_ANSWER) request.destroy(new Error("the answer is too long"));
			});
			response.on("end", () => {
				if (response.statusCode !== 200) reject(new Refused(`HTTP ${response.statusCode}`));
				else resolve(parseMessage(text));
			});
			response.on("error", (error) => reject(new Refused(error.message)));
		});
		request.on("timeout", () => request.destroy(new Error("the site does not answer")));
		request.on("error", (error) => {
			// The web server ends what was idle for a while, also just when the next question is under way.
			const stale = request.reusedSocket && ["ECONNRESET", "EPIPE"].includes(error.code);
			if (stale) resolve(ask(site, credentials, method, parameters));
			else reject(new Refused(error.message));
		});
	});
}

function parseMessage(text) {
	try {
		return JSON.parse(text).message;
	} catch {
		return undefined;
	}
}
