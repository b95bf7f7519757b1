"""How simulated devices are connected to the bridge: as real ones are, by a terminal or the network."""

from __future__ import annotations

import contextlib
import errno
import os
import selectors
import socket
import stat
import tty
import urllib.error
import urllib.request
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from aftersales_bridge.schema import ConfigError

CONNECT_S = 2.0


class Wire(ABC):
	"""One connection, in the player's thread. ``on_data`` gets what the bridge sends and returns the answer."""

	def __init__(
		self,
		selector: selectors.BaseSelector,
		on_data: Callable[[bytes], bytes],
		greeting: Callable[[], bytes],
	) -> None:
		self._selector = selector
		self._on_data = on_data
		self._greeting = greeting
		self.lost_bytes = 0

	@property
	@abstractmethod
	def connected(self) -> bool:
		"""Whether what is sent now can reach a bridge."""

	@abstractmethod
	def plug(self) -> None:
		"""Make the connection possible. Raises ConfigError."""

	@abstractmethod
	def send(self, data: bytes) -> None:
		"""Send; what nobody reads is lost, as on a real line."""

	@abstractmethod
	def unplug(self) -> None:
		"""Pull it out."""


class Pty(Wire):
	"""A pseudo terminal under a symbolic link."""

	def __init__(self, link: Path, *rest: object) -> None:
		super().__init__(*rest)
		self._link = link
		self._master: int | None = None
		self._slave: int | None = None

	@property
	def connected(self) -> bool:
		return self._master is not None

	def plug(self) -> None:
		if self._master is not None:
			return
		if self._link.exists() and not self._link.is_symlink():
			raise ConfigError(f"{self._link}: is a file of its own; give another --link")
		self._master, self._slave = os.openpty()
		tty.setraw(self._slave)
		os.set_blocking(self._master, False)
		fresh = self._link.with_name(f".{self._link.name}.{os.getpid()}")
		with contextlib.suppress(FileNotFoundError):
			fresh.unlink()
		fresh.symlink_to(os.ttyname(self._slave))
		fresh.replace(self._link)
		self._selector.register(self._master, selectors.EVENT_READ, self._readable)

	def send(self, data: bytes) -> None:
		if self._master is None:
			return
		try:
			self.lost_bytes += len(data) - os.write(self._master, data)
		except BlockingIOError:
			self.lost_bytes += len(data)

	def unplug(self) -> None:
		if self._master is None:
			return
		self._selector.unregister(self._master)
		with contextlib.suppress(FileNotFoundError):
			self._link.unlink()
		os.close(self._master)
		os.close(self._slave)
		self._master = self._slave = None

	def _readable(self) -> None:
		with contextlib.suppress(BlockingIOError):
			answer = self._on_data(os.read(self._master, 4096))
			if answer:
				self.send(answer)


class Fifo(Wire):
	"""A named pipe that a program of the bridge reads."""

	def __init__(self, link: Path, *rest: object) -> None:
		super().__init__(*rest)
		self._link = link
		self._fd: int | None = None

	@property
	def connected(self) -> bool:
		return self._open()

	def plug(self) -> None:
		if self._link.exists() and not stat.S_ISFIFO(self._link.stat().st_mode):
			raise ConfigError(f"{self._link}: is a file of its own; give another --link")
		with contextlib.suppress(FileExistsError):
			os.mkfifo(self._link, 0o600)

	def send(self, data: bytes) -> None:
		if not self._open():
			self.lost_bytes += len(data)
			return
		# A decoder reads sound as fast as it comes; a blocking write waits for it.
		os.set_blocking(self._fd, True)
		try:
			os.write(self._fd, data)
		except BrokenPipeError:
			self._close()
			self.lost_bytes += len(data)

	def unplug(self) -> None:
		self._close()
		with contextlib.suppress(FileNotFoundError):
			self._link.unlink()

	def _open(self) -> bool:
		if self._fd is None:
			try:
				self._fd = os.open(self._link, os.O_WRONLY | os.O_NONBLOCK)
			except OSError as error:
				# Nobody reads it yet, or it is unplugged.
				if error.errno not in (errno.ENXIO, errno.ENOENT):
					raise
				return False
		return True

	def _close(self) -> None:
		if self._fd is not None:
			os.close(self._fd)
			self._fd = None


class Datagrams(Wire):
	"""Datagrams to the bridge."""

	def __init__(self, to: str, *rest: object) -> None:
		super().__init__(*rest)
		self._to = place_of(to)
		self._socket: socket.socket | None = None

	@property
	def connected(self) -> bool:
		return self._socket is not None

	def plug(self) -> None:
		if self._socket is None:
			self._socket = socket.socket(
				socket.AF_INET6 if ":" in self._to[0] else socket.AF_INET, socket.SOCK_DGRAM
			)
			self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)

	def send(self, data: bytes) -> None:
		if self._socket is not None:
			with contextlib.suppress(ConnectionError):
				self._socket.sendto(data, self._to)

	def unplug(self) -> None:
		if self._socket is not None:
			self._socket.close()
			self._socket = None


class Connecting(Wire):
	"""A TCP connection that the device opens to the bridge."""

	def __init__(self, to: str, *rest: object) -> None:
		super().__init__(*rest)
		self._to = place_of(to)
		self._socket: socket.socket | None = None
		self._plugged = False

	@property
	def connected(self) -> bool:
		return self._open() is not None

	def plug(self) -> None:
		self._plugged = True
		self._open()

	def send(self, data: bytes) -> None:
		sock = self._open()
		try:
			if sock is None:
				raise ConnectionError
			sock.sendall(data)
		except OSError:
			self.lost_bytes += len(data)
			self._close()

	def unplug(self) -> None:
		self._plugged = False
		self._close()

	def _open(self) -> socket.socket | None:
		if self._socket is None and self._plugged:
			with contextlib.suppress(OSError):
				self._socket = socket.create_connection(self._to, CONNECT_S)
				self._selector.register(self._socket, selectors.EVENT_READ, self._readable)
				self._socket.sendall(self._greeting())
		return self._socket

	def _readable(self) -> None:
		try:
			data = self._socket.recv(4096)
			if not data:
				raise ConnectionError
			self._socket.sendall(self._on_data(data))
		except OSError:
			self._close()

	def _close(self) -> None:
		if self._socket is not None:
			self._selector.unregister(self._socket)
			self._socket.close()
			self._socket = None


class Listening(Wire):
	"""A server to which the bridge connects, perhaps with more than one connection."""

	def __init__(self, listen: str, *rest: object) -> None:
		super().__init__(*rest)
		self._listen = place_of(listen)
		self._server: socket.socket | None = None
		self._clients: list[socket.socket] = []

	@property
	def connected(self) -> bool:
		return bool(self._clients)

	def plug(self) -> None:
		if self._server is not None:
			return
		try:
			self._server = socket.create_server(self._listen)
		except OSError as error:
			raise ConfigError(f"--listen {self._listen[0]}:{self._listen[1]}: {error.strerror}") from None
		self._server.setblocking(False)
		self._selector.register(self._server, selectors.EVENT_READ, self._accept)

	def send(self, data: bytes) -> None:
		if not self._clients:
			self.lost_bytes += len(data)
		for sock in list(self._clients):
			self._send_to(sock, data)

	def unplug(self) -> None:
		for sock in list(self._clients):
			self._drop(sock)
		if self._server is not None:
			self._selector.unregister(self._server)
			self._server.close()
			self._server = None

	def _accept(self) -> None:
		with contextlib.suppress(BlockingIOError, ConnectionError):
			sock, _ = self._server.accept()
			sock.settimeout(CONNECT_S)
			self._clients.append(sock)
			self._selector.register(sock, selectors.EVENT_READ, lambda: self._readable(sock))
			self._send_to(sock, self._greeting())

	def _readable(self, sock: socket.socket) -> None:
		try:
			data = sock.recv(4096)
		except OSError:
			data = b""
		if not data:
			self._drop(sock)
			return
		self._send_to(sock, self._on_data(data))

	def _send_to(self, sock: socket.socket, data: bytes) -> None:
		try:
			sock.sendall(data)
		except OSError:
			self._drop(sock)

	def _drop(self, sock: socket.socket) -> None:
		if sock in self._clients:
			self._clients.remove(sock)
			self._selector.unregister(sock)
			sock.close()


class Requests(Wire):
	"""HTTP requests to the bridge's listener, as telephones send them.

	Each message is ``METHOD path?query``, a line with the content type, an empty line and the body.
	"""

	def __init__(self, to: str, *rest: object) -> None:
		super().__init__(*rest)
		parts = urlsplit(to)
		if parts.scheme != "http" or not parts.netloc:
			raise ConfigError(f"--to {to}: must be the bridge's address, http://HOST:PORT/SECRET")
		self._base = to.rstrip("/")
		self._plugged = False

	@property
	def connected(self) -> bool:
		return self._plugged

	def plug(self) -> None:
		self._plugged = True

	def send(self, data: bytes) -> None:
		if not self._plugged:
			return
		head, _, body = data.partition(b"\n\n")
		first, _, content_type = head.decode().partition("\n")
		method, _, path = first.partition(" ")
		request = urllib.request.Request(self._base + path, body or None, method=method)
		if content_type:
			request.add_header("Content-Type", content_type)
		try:
			with urllib.request.urlopen(request, timeout=CONNECT_S) as answer:
				self._on_data(answer.read(1000))
		except (urllib.error.URLError, OSError) as error:
			self.lost_bytes += len(data)
			print(f"the bridge did not take a request: {error}", flush=True)

	def unplug(self) -> None:
		self._plugged = False


def place_of(text: str) -> tuple[str, int]:
	"""``HOST:PORT``; raises ConfigError."""
	host, _, number = text.rpartition(":")
	if not host or not number.isdigit() or not 0 < int(number) < 65536:
		raise ConfigError(f"{text}: must be HOST:PORT, such as 127.0.0.1:3520")
	return host.strip("[]"), int(number)


#: by SimulatedDevice.wire: the class, and which option says where
WIRES: dict[str, tuple[type[Wire], str]] = {
	"pty": (Pty, "link"),
	"fifo": (Fifo, "link"),
	"udp": (Datagrams, "to"),
	"connect": (Connecting, "to"),
	"http": (Requests, "to"),
	"listen": (Listening, "listen"),
}
