// Which rooms a socket is in, and what its browser may ask for. Room names are those of
// frappe/realtime.py; who views a form is kept here alone.

import { ask, Refused } from "./site.mjs";

const LONGEST_NAME = 300;
const MOST_ROOMS = 1000;
const MOST_PENDING = 50;

export const room = {
	all: "all",
	website: "website",
	user: (user) => `user:${user}`,
	doctype: (doctype) => `doctype:${doctype}`,
	doc: (doctype, name) => `doc:${doctype}/${name}`,
	viewers: (doctype, name) => `open_doc:${doctype}/${name}`,
	task: (task) => `task_progress:${task}`,
};

/**
 * Joins the rooms that the user is always in and answers what the browser asks for.
 *
 * @param {import("socket.io").Socket} socket with `data` {site, credentials, user, userType}
 */
export function welcome(socket) {
	const { user, userType } = socket.data;
	socket.data.pending = 0;
	socket.join([room.user(user), room.website]);
	if (userType === "System User") socket.join(room.all);

	const join = (name) => {
		if (socket.rooms.size < MOST_ROOMS) socket.join(name);
	};
	const listen = (event, count, work) => {
		socket.on(event, (...values) => {
			const names = values.slice(0, count);
			if (names.length === count && names.every(isName)) work(...names.map(String));
		});
	};

	listen("ping", 0, () => socket.emit("pong"));
	listen("doctype_subscribe", 1, (doctype) => {
		ifAllowed(socket, "can_subscribe_doctype", { doctype }, () => join(room.doctype(doctype)));
	});
	listen("doctype_unsubscribe", 1, (doctype) => socket.leave(room.doctype(doctype)));
	// A task's id is a random string that only the one who started it knows.
	listen("task_subscribe", 1, (task) => join(room.task(task)));
	listen("progress_subscribe", 1, (task) => join(room.task(task)));
	listen("task_unsubscribe", 1, (task) => socket.leave(room.task(task)));
	listen("doc_subscribe", 2, (doctype, docname) => {
		const then = () => join(room.doc(doctype, docname));
		ifAllowed(socket, "can_subscribe_doc", { doctype, docname }, then);
	});
	listen("doc_unsubscribe", 2, (doctype, docname) => socket.leave(room.doc(doctype, docname)));
	viewForms(socket, listen, join);
}

/** Tells those who have a document's form open who else has. */
function viewForms(socket, listen, join) {
	const closed = new Set();
	listen("doc_open", 2, (doctype, docname) => {
		const viewers = room.viewers(doctype, docname);
		closed.delete(viewers);
		ifAllowed(socket, "can_subscribe_doc", { doctype, docname }, () => {
			// The form may have been closed before the site answered.
			if (closed.delete(viewers)) return;
			join(viewers);
			tellViewers(socket, doctype, docname);
		});
	});
	listen("doc_close", 2, (doctype, docname) => {
		const viewers = room.viewers(doctype, docname);
		if (!socket.rooms.has(viewers)) {
			if (socket.data.pending && closed.size < MOST_ROOMS) closed.add(viewers);
			return;
		}
		socket.leave(viewers);
		tellViewers(socket, doctype, docname);
	});
	socket.on("disconnecting", () => {
		const start = room.viewers("", "").slice(0, -1);
		for (const name of [...socket.rooms].filter((name) => name.startsWith(start))) {
			socket.leave(name);
			const [doctype, ...rest] = name.slice(start.length).split("/");
			tellViewers(socket, doctype, rest.join("/"));
		}
	});
}

function tellViewers(socket, doctype, docname) {
	const name = room.viewers(doctype, docname);
	const ids = [...(socket.nsp.adapter.rooms.get(name) ?? [])];
	const users = [
		...new Set(ids.map((id) => socket.nsp.sockets.get(id)?.data.user).filter(Boolean)),
	];
	socket.nsp.to(name).emit("doc_viewers", { doctype, docname, users });
}

/** Runs `then` when the site allows the user the given method of frappe.realtime. */
async function ifAllowed(socket, method, parameters, then) {
	const { site, credentials } = socket.data;
	if (socket.data.pending >= MOST_PENDING) return;
	socket.data.pending++;
	try {
		const answer = await ask(site, credentials, `frappe.realtime.${method}`, parameters);
		if (answer === true && socket.connected) then();
	} catch (error) {
		if (!(error instanceof Refused)) throw error;
	} finally {
		socket.data.pending--;
	}
}

function isName(value) {
	if (typeof value === "number") return true;
	return typeof value === "string" && value.length > 0 && value.length <= LONGEST_NAME;
}
