"""A small web listener for telephones and boxes that report a call by calling an address.

Every request becomes one line of JSON for the adapter and is answered at once with an empty 200: telephones do not wait
and do not try again. The address holds a secret path, since such devices know no other way to show who they are.
"""

from __future__ import annotations

import contextlib
import hmac
import json
import logging
import queue
import socket
import socketserver
import threading
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from aftersales_bridge import __version__
from aftersales_bridge.adapters.lines import decode_text
from aftersales_bridge.ports.common import ALLOW, READ_S, Allowed, PortKind
from aftersales_bridge.ports.multipart import BadForm, read_form
from aftersales_bridge.schema import Key, between

log = logging.getLogger(__name__)

MAX_BODY = 65_536
MAX_CONNECTIONS = 32
MAX_WAITING = 1000
# Enough for a recording over a slow line; whoever takes longer is no telephone.
REQUEST_S = 15.0
UPLOAD_S = 300.0
# What is read of a refused request after the answer, and how long one waits for it.
MAX_DROPPED = 8_000_000
DROP_S = 2.0
MIN_SECRET = 16


def _check(url: str) -> str | None:
	try:
		parts = urlsplit(url)
		good = (
			parts.scheme == "http" and parts.hostname and parts.port and not (parts.query or parts.username)
		)
	except ValueError:
		good = False
	if not good:
		return "must look like http://0.0.0.0:8790/some-long-secret"
	if len(parts.path.strip("/")) < MIN_SECRET and not _is_loopback(parts.hostname):
		return f"must hold a secret path of at least {MIN_SECRET} characters, since others than this computer reach it"
	return None


def _is_loopback(host: str) -> bool:
	return host == "localhost" or host == "::1" or host.startswith("127.")


class _Server(socketserver.ThreadingTCPServer):
	daemon_threads = True
	allow_reuse_address = True
	# So that closing does not wait for a client.
	block_on_close = False
	request_queue_size = 64

	def __init__(self, port: HttpPort, address: tuple[str, int]) -> None:
		self.port = port
		self.open: dict[socket.socket, float] = {}
		self._lock = threading.Lock()
		if ":" in address[0]:
			self.address_family = socket.AF_INET6
		super().__init__(address, _Handler)

	def verify_request(self, request: socket.socket, client_address: tuple) -> bool:
		"""Turn away strangers, and anybody while too many are here."""
		if not self.port.allowed(client_address[0]):
			return False
		with self._lock:
			if len(self.open) >= MAX_CONNECTIONS:
				return False
			self.open[request] = time.monotonic() + REQUEST_S
		return True

	def service_actions(self) -> None:
		"""Close the connections whose time is over, however busy they keep themselves."""
		now = time.monotonic()
		with self._lock:
			late = [request for request, deadline in self.open.items() if deadline <= now]
		for request in late:
			_break(request)

	def more_time(self, request: socket.socket, seconds: float) -> None:
		with self._lock:
			self.open[request] = time.monotonic() + seconds

	def shutdown_request(self, request: socket.socket) -> None:
		with self._lock:
			self.open.pop(request, None)
		super().shutdown_request(request)

	def break_all(self) -> None:
		with self._lock:
			requests = list(self.open)
		for request in requests:
			_break(request)

	def handle_error(self, request: socket.socket, client_address: tuple) -> None:
		log.debug("request of %s broke off", client_address[0], exc_info=True)


def _break(request: socket.socket) -> None:
	try:
		request.shutdown(socket.SHUT_RDWR)
	except OSError:
		return


class _Handler(BaseHTTPRequestHandler):
	server_version = f"aftersales-bridge/{__version__}"
	sys_version = ""
	protocol_version = "HTTP/1.0"
	timeout = REQUEST_S
	server: _Server

	def do_GET(self) -> None:
		self._take()

	def do_POST(self) -> None:
		self._take()

	def log_message(self, *_: object) -> None:
		"""The address holds the secret, so nothing of it goes into the log."""

	def _take(self) -> None:
		url = urlsplit(self.path)
		rest = self.server.port.rest_of(unquote(url.path))
		if rest is None:
			self._answer(404)
			return
		try:
			body, files = self._body()
		except BadForm as error:
			log.warning("%s: a request was refused: %s", self.client_address[0], error)
			self._answer(error.status)
			self._drop_rest()
			return
		request = {
			"method": self.command,
			"path": rest,
			"query": parse_qs(url.query, keep_blank_values=True, max_num_fields=100),
			"content_type": self.headers.get("Content-Type", ""),
			"body": body,
			"files": files,
		}
		self._answer(200 if self.server.port.put(request) else 503)

	def _body(self) -> tuple[str, list[dict]]:
		"""The body as text, and the files it held; raises BadForm."""
		length = self.headers.get("Content-Length") or "0"
		if not length.isdigit():
			raise BadForm("its Content-Length is no number")
		if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
			raise BadForm("it comes in chunks", 411)
		size = int(length)
		content_type = self.headers.get("Content-Type", "")
		port = self.server.port
		if content_type.lower().startswith("multipart/form-data"):
			if size > port.max_file_bytes + MAX_BODY:
				raise BadForm("its file is larger than max_file_mb", 413)
			self.server.more_time(self.connection, UPLOAD_S)
			fields, files = read_form(self.rfile, size, content_type, port.folder, MAX_BODY)
			return json.dumps(fields, ensure_ascii=False), files
		if size > MAX_BODY:
			raise BadForm("it is too long", 413)
		data = self.rfile.read(size)
		if len(data) < size:
			raise BadForm("it broke off")
		return decode_text(data), []

	def _drop_rest(self) -> None:
		# Whoever is still sending when the connection closes sees it reset and never reads the answer.
		try:
			self.connection.shutdown(socket.SHUT_WR)
			self.connection.settimeout(DROP_S)
			left = MAX_DROPPED
			while left > 0:
				piece = self.rfile.read1(65536)
				if not piece:
					return
				left -= len(piece)
		except OSError:
			return

	def _answer(self, status: int) -> None:
		self.send_response_only(status)
		self.send_header("Content-Length", "0")
		self.send_header("Connection", "close")
		self.end_headers()


KEYS = {
	"allow": ALLOW,
	"files_dir": Key(
		str, "the folder for recordings that come with a request; empty to drop them", "", path=True
	),
	"max_file_mb": Key(int, "the largest recording that is taken, in megabytes", 50, between(1, 2000)),
}


class HttpPort:
	"""Listens on ``http://host:port/secret``; ``read`` returns requests, each a line of JSON.

	``{"method", "path" (what follows the secret), "query": {key: [values]}, "content_type", "body", "files"}``. The body
	of a form with files is a JSON object of its other fields; ``files`` are ``{"field", "filename", "path", "size"}``.
	"""

	def __init__(self, url: str, options: dict) -> None:
		parts = urlsplit(url)
		self._secret = unquote(parts.path).rstrip("/").encode()
		self.allowed = Allowed(options["allow"])
		self.folder = Path(options["files_dir"]) if options["files_dir"] else None
		self.max_file_bytes = options["max_file_mb"] * 1_000_000
		if self.folder is not None:
			self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
		self._lines: queue.Queue[bytes] = queue.Queue(MAX_WAITING)
		self._server = _Server(self, (parts.hostname or "127.0.0.1", parts.port or 0))
		self._thread = threading.Thread(
			target=self._server.serve_forever, kwargs={"poll_interval": READ_S}, name="http", daemon=True
		)
		self._thread.start()

	def rest_of(self, path: str) -> str | None:
		"""What follows the secret in ``path``; None when it is not there."""
		head, tail = path.encode()[: len(self._secret)], path.encode()[len(self._secret) :]
		if not hmac.compare_digest(head, self._secret) or not (tail == b"" or tail.startswith(b"/")):
			return None
		return tail.decode()

	def put(self, request: dict) -> bool:
		"""Hand a request to the reader; False when too many wait already."""
		line = json.dumps(request, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
		try:
			self._lines.put_nowait(line)
		except queue.Full:
			return False
		return True

	def read(self) -> bytes:
		try:
			return self._lines.get(timeout=READ_S)
		except queue.Empty:
			return b""

	def write(self, data: bytes) -> None:
		"""Those who call us are answered already."""

	def wake(self) -> None:
		with contextlib.suppress(queue.Full):
			self._lines.put_nowait(b"")

	def close(self) -> None:
		self._server.shutdown()
		self._server.server_close()
		self._server.break_all()


KIND = PortKind("http", "http://0.0.0.0:8790/some-long-secret", HttpPort, _check, KEYS)
