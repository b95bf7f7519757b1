"""Datagrams that boxes in the network send or broadcast."""

from __future__ import annotations

import contextlib
import socket

from aftersales_bridge.ports.common import (
	ALLOW,
	READ_S,
	Allowed,
	PortKind,
	Waker,
	address,
	check_address,
	listening_socket,
)

MAX_DATAGRAM = 65_535


class UdpPort:
	"""Listens on ``udp://host:port``; every ``read`` returns one datagram."""

	def __init__(self, url: str, options: dict) -> None:
		self._allowed = Allowed(options["allow"])
		self._waker = Waker()
		self._peer: tuple | None = None
		try:
			self._socket = listening_socket(*address(url), socket.SOCK_DGRAM)
		except OSError:
			self._waker.close()
			raise

	def read(self) -> bytes:
		if not self._waker.wait([self._socket], READ_S):
			return b""
		try:
			data, peer = self._socket.recvfrom(MAX_DATAGRAM)
		except (BlockingIOError, ConnectionError):
			return b""
		if not self._allowed(peer[0]):
			return b""
		self._peer = peer
		return data

	def write(self, data: bytes) -> None:
		"""Send to whoever sent last; nowhere before."""
		if self._peer is not None:
			self._socket.sendto(data, self._peer)

	def wake(self) -> None:
		self._waker.wake()

	def close(self) -> None:
		with contextlib.suppress(OSError):
			self._socket.close()
		self._waker.close()


KIND = PortKind("udp", "udp://0.0.0.0:3520", UdpPort, check_address, {"allow": ALLOW})
