// A browser's end of the realtime server, for the tests: prints each event as a JSON line and
// emits what it reads as JSON lines.

import { createRequire } from "node:module";
import path from "node:path";
import readline from "node:readline";

const { url, modules, headers } = JSON.parse(process.argv[2]);
const { io } = createRequire(path.join(modules, "index.js"))("socket.io-client");

const print = (event, value = null) => console.log(JSON.stringify([event, value]));
const socket = io(url, { extraHeaders: headers, transports: ["websocket"], reconnection: false });
socket.on("connect", () => print("connect"));
socket.on("connect_error", (error) => print("connect_error", error.message));
socket.on("disconnect", (reason) => print("disconnect", reason));
socket.onAny((event, value) => print(event, value));

readline.createInterface({ input: process.stdin }).on("line", (line) => {
	socket.emit(...JSON.parse(line));
});
