"""What the kinds of port share."""

from __future__ import annotations

import ipaddress
import select
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from aftersales_bridge.adapters.base import Port
from aftersales_bridge.schema import Key

# How long a read waits for the first byte; also how late a timer may fire.
READ_S = 0.5
MAX_READ = 4096


@dataclass(frozen=True)
class PortKind:
	"""A way to reach devices. ``open`` gets the port as configured and the values of ``keys``."""

	name: str
	example: str
	open: Callable[[str, dict[str, Any]], Port]
	check: Callable[[str], str | None]
	keys: dict[str, Key] = field(default_factory=dict)


class Waker:
	"""Lets another thread end a wait for sockets."""

	def __init__(self) -> None:
		self._reader, self._writer = socket.socketpair()
		for end in (self._reader, self._writer):
			end.setblocking(False)

	def wait(self, sockets: list, seconds: float) -> list:
		"""The readable ones of ``sockets``; none when the time is over or somebody called ``wake``."""
		ready = select.select([self._reader, *sockets], [], [], seconds)[0]
		if self._reader in ready:
			self._reader.recv(100)
			return []
		return ready

	def wake(self) -> None:
		"""End the wait under way, or the next one."""
		try:
			self._writer.send(b"x")
		except OSError:
			# Full of wakes, or closed meanwhile: nobody sleeps then.
			return

	def close(self) -> None:
		self._reader.close()
		self._writer.close()


def address(url: str) -> tuple[str, int]:
	"""Host and port number of ``scheme://host:port``."""
	parts = urlsplit(url)
	return parts.hostname or "", parts.port or 0


def check_address(url: str) -> str | None:
	"""A check for ``scheme://host:port`` and nothing more."""
	try:
		host, number = address(url)
		more = urlsplit(url)
	except ValueError:
		host, number, more = "", 0, None
	if not host or not number or more is None or more.path not in ("", "/") or more.query or more.username:
		return f"must look like {url.split(':', 1)[0]}://192.168.1.20:1234"
	return None


def check_allow(entries: list[str]) -> str | None:
	"""A check for the key ``allow``."""
	for entry in entries:
		try:
			if entry != "private":
				ipaddress.ip_network(entry, strict=False)
		except ValueError:
			return f"holds {entry!r}, but each must be an address, a network such as 192.168.1.0/24, or 'private'"
	return None


ALLOW = Key(
	list,
	"the addresses or networks that may send; 'private' stands for all private ones",
	["private"],
	check_allow,
)


class Allowed:
	"""Whether an address may send to us (the key ``allow``)."""

	def __init__(self, entries: list[str]) -> None:
		self._private = "private" in entries
		self._networks = [
			ipaddress.ip_network(entry, strict=False) for entry in entries if entry != "private"
		]

	def __call__(self, host: str) -> bool:
		try:
			source = ipaddress.ip_address(host.split("%")[0])
		except ValueError:
			return False
		source = getattr(source, "ipv4_mapped", None) or source
		return (self._private and source.is_private) or any(source in network for network in self._networks)


def listening_socket(host: str, number: int, kind: int) -> socket.socket:
	"""A bound socket; raises OSError."""
	family = socket.AF_INET6 if ":" in host else socket.AF_INET
	sock = socket.socket(family, kind)
	try:
		sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
		sock.bind((host, number))
		sock.setblocking(False)
	except BaseException:
		sock.close()
		raise
	return sock
