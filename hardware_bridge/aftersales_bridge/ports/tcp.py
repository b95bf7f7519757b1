"""Byte streams over the network: to a device, or from one that connects to us."""

from __future__ import annotations

import contextlib
import socket
import ssl

from aftersales_bridge.ports.common import (
	ALLOW,
	MAX_READ,
	READ_S,
	Allowed,
	PortKind,
	Waker,
	address,
	check_address,
	listening_socket,
)
from aftersales_bridge.schema import Key, between

CONNECT_S = 10.0
MAX_CONNECTIONS = 16
# The longest unfinished line of a connection to us.
MAX_LINE = 65_536

CLIENT_KEYS = {
	"tls": Key(bool, "whether the connection is encrypted (TLS); the certificate is verified", False),
	"tls_ca_file": Key(str, "a PEM file with the device's own certificate or authority", "", path=True),
	"keepalive_s": Key(
		int, "after how many silent seconds the system probes the other side", 60, between(5, 7200)
	),
}


def _keep_alive(sock: socket.socket, seconds: int) -> None:
	sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
	for name, value in (
		("TCP_KEEPIDLE", seconds),
		("TCP_KEEPINTVL", max(1, seconds // 4)),
		("TCP_KEEPCNT", 4),
	):
		if hasattr(socket, name):
			sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


class TcpPort:
	"""A connection to ``tcp://host:port``."""

	def __init__(self, url: str, options: dict) -> None:
		host, number = address(url)
		self._waker = Waker()
		try:
			self._socket = socket.create_connection((host, number), CONNECT_S)
		except OSError:
			self._waker.close()
			raise
		try:
			_keep_alive(self._socket, options["keepalive_s"])
			if options["tls"]:
				context = ssl.create_default_context(cafile=options["tls_ca_file"] or None)
				self._socket = context.wrap_socket(self._socket, server_hostname=host)
			self._socket.settimeout(CONNECT_S)
		except BaseException:
			self.close()
			raise

	def read(self) -> bytes:
		pending = getattr(self._socket, "pending", None)
		if not (pending and pending()) and not self._waker.wait([self._socket], READ_S):
			return b""
		try:
			data = self._socket.recv(MAX_READ)
		except ssl.SSLWantReadError:
			return b""
		if not data:
			raise ConnectionError("the other side has closed the connection")
		return data

	def write(self, data: bytes) -> None:
		self._socket.sendall(data)

	def wake(self) -> None:
		self._waker.wake()

	def close(self) -> None:
		with contextlib.suppress(OSError):
			self._socket.close()
		self._waker.close()


class TcpListenPort:
	"""Takes connections on ``tcp-listen://host:port``; ``read`` returns whole lines of one connection at a time."""

	def __init__(self, url: str, options: dict) -> None:
		self._allowed = Allowed(options["allow"])
		self._keepalive = options["keepalive_s"]
		self._waker = Waker()
		self._buffers: dict[socket.socket, bytes] = {}
		try:
			self._server = listening_socket(*address(url), socket.SOCK_STREAM)
			self._server.listen()
		except OSError:
			self._waker.close()
			raise

	def read(self) -> bytes:
		for sock in self._waker.wait([self._server, *self._buffers], READ_S):
			if sock is self._server:
				self._accept()
				continue
			lines = self._receive(sock)
			if lines:
				return lines
		return b""

	def write(self, data: bytes) -> None:
		for sock in list(self._buffers):
			try:
				sock.sendall(data)
			except OSError:
				self._drop(sock)

	def wake(self) -> None:
		self._waker.wake()

	def close(self) -> None:
		for sock in list(self._buffers):
			self._drop(sock)
		with contextlib.suppress(OSError):
			self._server.close()
		self._waker.close()

	def _accept(self) -> None:
		with contextlib.suppress(BlockingIOError, ConnectionError):
			sock, peer = self._server.accept()
			if not self._allowed(peer[0]) or len(self._buffers) >= MAX_CONNECTIONS:
				sock.close()
				return
			sock.setblocking(False)
			_keep_alive(sock, self._keepalive)
			self._buffers[sock] = b""

	def _receive(self, sock: socket.socket) -> bytes:
		try:
			data = sock.recv(MAX_READ)
		except BlockingIOError:
			return b""
		except OSError:
			data = b""
		if not data:
			return self._drop(sock)
		text = self._buffers[sock] + data
		end = max(text.rfind(b"\n"), text.rfind(b"\r")) + 1
		if end == 0 and len(text) > MAX_LINE:
			end = len(text)
		self._buffers[sock] = text[end:]
		return text[:end]

	def _drop(self, sock: socket.socket) -> bytes:
		"""Forget a connection; what it had not finished, as a line."""
		rest = self._buffers.pop(sock, b"")
		with contextlib.suppress(OSError):
			sock.close()
		return rest + b"\n" if rest else b""


KINDS = (
	PortKind("tcp", "tcp://192.168.1.20:5038", TcpPort, check_address, CLIENT_KEYS),
	PortKind(
		"tcp-listen",
		"tcp-listen://0.0.0.0:1150",
		TcpListenPort,
		check_address,
		{"allow": ALLOW, "keepalive_s": CLIENT_KEYS["keepalive_s"]},
	),
)
