// Loaded before a Frappe checkout's realtime server. That server listens on every address and asks
// sites by their name: here it shall listen on the loopback address only, and *.localhost is this
// machine, which the system's resolver does not know everywhere.

const dns = require("node:dns");
const net = require("node:net");

const LOOPBACK = "127.0.0.1";

const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (port, ...rest) {
	const isPort = typeof port === "number" || /^\d+$/.test(port);
	return isPort && typeof rest[0] !== "string"
		? listen.call(this, Number(port), LOOPBACK, ...rest)
		: listen.call(this, port, ...rest);
};

const lookup = dns.lookup;
dns.lookup = function (hostname, options, callback) {
	if (!/(^|\.)localhost$/.test(hostname)) return lookup.call(dns, hostname, options, callback);
	const answer = callback ?? options;
	const all = typeof options === "object" && options?.all;
	process.nextTick(() =>
		all ? answer(null, [{ address: LOOPBACK, family: 4 }]) : answer(null, LOOPBACK, 4),
	);
};
