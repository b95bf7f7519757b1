"""What the bridge's tests share: a receiving site, the command in its own process, a telephone to ring."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

TOKEN = "bridgekey:verysecretvalue"
CALLER_ID = Path(__file__).resolve().parents[2] / "fixtures" / "caller_id"


class Site:
	"""A receiving site that keeps the contract of ``aftersales.telephony.api`` over real HTTP.

	``script`` holds answers to give before the honest ones: functions of the request that return (status, headers,
	body), or None to break the connection without an answer after the events were stored.
	"""

	def __init__(self, port=0):
		self.stored = {}
		self.order = []
		self.received = []
		self.script = []
		self.reject = {}
		self.heartbeats = []
		self.dial_requests = []
		self.server_time = None
		self.check_status = 200
		self.paths = []
		self.connections = []
		self.changed = threading.Condition()
		site = self

		class Handler(BaseHTTPRequestHandler):
			protocol_version = "HTTP/1.1"

			def setup(self):
				super().setup()
				site.connections.append(self.connection)

			def do_POST(self):
				site._serve(self)

			def log_message(self, *_):
				pass

		self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
		self.server.daemon_threads = True
		self.port = self.server.server_address[1]
		self.url = f"http://127.0.0.1:{self.port}"
		threading.Thread(
			target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
		).start()

	def close(self):
		"""Go away at once, kept connections included."""
		self.server.shutdown()
		self.server.server_close()
		for connection in self.connections:
			with contextlib.suppress(OSError):
				connection.shutdown(socket.SHUT_RDWR)

	def _serve(self, handler):
		body = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
		method = handler.path.rsplit(".", 1)[1]
		with self.changed:
			self.paths.append(method)
			answer = self._answer(handler, method, body)
			self.changed.notify_all()
		if answer is None:
			handler.close_connection = True
			return
		status, headers, text = answer
		data = text if isinstance(text, bytes) else json.dumps(text).encode()
		handler.send_response(status)
		for name, value in {
			"Content-Type": "application/json",
			"Content-Length": len(data),
			**headers,
		}.items():
			handler.send_header(name, str(value))
		handler.end_headers()
		handler.wfile.write(data)

	def _answer(self, handler, method, body):
		if handler.headers["Authorization"] != f"token {TOKEN}":
			return 401, {}, {"exc_type": "AuthenticationError"}
		if method == "check_bridge":
			lines = [{"source_line": "1", "title": "Hotline", "enabled": 1}]
			return (
				self.check_status,
				{},
				{
					"message": {
						"bridge": "b",
						"enabled": True,
						"lines": lines,
						"server_time": self.server_time,
						"version": "0.1.0",
					}
				},
			)
		if method == "heartbeat":
			self.heartbeats.append(body["status"])
			return 200, {}, {"message": {"server_time": self.server_time, "interval_s": 60}}
		if method == "take_dial_requests":
			wanted, self.dial_requests = self.dial_requests, []
			return 200, {}, {"message": wanted}
		self.received.append((time.monotonic(), body["events"]))
		if self.script:
			scripted = self.script.pop(0)(self, body)
			if scripted != "honest":
				return scripted
		return 200, {}, {"message": {"results": self.store(body["events"]), "server_time": "x"}}

	def store(self, events):
		assert 0 < len(events) <= 100
		results = []
		for event in events:
			key = event["event_id"]
			if key in self.reject:
				results.append(
					{"event_id": key, "status": "rejected", "reason": self.reject[key], "call": None}
				)
				continue
			status = "duplicate" if key in self.stored else "accepted"
			if status == "accepted":
				self.stored[key] = event
				self.order.append(event)
			results.append({"event_id": key, "status": status, "reason": None, "call": event["call_uuid"]})
		return results

	def wait_for(self, condition, seconds=15.0):
		"""Wait until ``condition(self)`` holds after some request."""
		with self.changed:
			assert self.changed.wait_for(lambda: condition(self), seconds), [e["kind"] for e in self.order]

	def calls(self):
		return {event["call_uuid"] for event in self.order if event["call_uuid"]}

	def kinds(self, *kinds):
		return [event for event in self.order if event["kind"] in kinds]


class Command:
	"""The bridge's command in a process of its own, with its output in a file."""

	def __init__(self, log, *arguments):
		self.log = Path(log)
		with self.log.open("ab") as output:
			self.process = subprocess.Popen(
				[sys.executable, "-m", "aftersales_bridge", *map(str, arguments)],
				stdin=subprocess.DEVNULL,
				stdout=output,
				stderr=subprocess.STDOUT,
				env={**os.environ, "PYTHONUNBUFFERED": "1"},
			)

	def kill(self):
		self.process.kill()
		self.process.wait()

	def terminate(self):
		self.process.terminate()
		return self.process.wait(10)

	def text(self):
		return self.log.read_text(errors="replace")


class Telephone:
	"""A running ``aftersales-bridge simulate`` and its control socket."""

	def __init__(self, directory, lines=1, *options):
		self.link = directory / "modem"
		self.ports = [self.link] if lines == 1 else [directory / f"modem{n}" for n in range(1, lines + 1)]
		self.control = directory / "c"
		self.command = Command(
			directory / "telephone.log",
			"simulate", "--link", self.link, "--lines", lines, "--control", self.control, *options,
		)  # fmt: skip
		deadline = time.monotonic() + 10
		while not (self.control.exists() and all(port.exists() for port in self.ports)):
			assert time.monotonic() < deadline and self.command.process.poll() is None, self.command.text()
			time.sleep(0.02)

	def __call__(self, text):
		with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
			connection.settimeout(40)
			connection.connect(str(self.control))
			connection.sendall(text.encode() + b"\n")
			answer = json.loads(connection.makefile().readline())
		assert answer["ok"], answer
		return answer
