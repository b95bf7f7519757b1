"""One simulated line: a pseudo terminal, the modem behind it, and the call that rings it."""

from __future__ import annotations

import contextlib
import os
import time
import tty
from dataclasses import dataclass
from pathlib import Path

from aftersales_bridge.schema import ConfigError
from aftersales_bridge.simulator.spandsp import Modem

#: what a caller who shows no number looks like on the line
SPECIAL = {"withheld": "P", "unavailable": "O", "none": None}


@dataclass
class Ringing:
	"""A call that nobody has answered yet."""

	rings_left: int
	next_ring: float


class Line:
	"""A line with a modem, which can be pulled out and plugged in again."""

	def __init__(self, number: int, link: Path) -> None:
		self.number = number
		self.link = link
		self.master: int | None = None
		self.lost_bytes = 0
		self.number_ns: int | None = None
		self.call: Ringing | None = None
		self._slave: int | None = None
		self._modem: Modem | None = None
		self._in_number = False

	@property
	def caller_id_on(self) -> bool:
		return self._modem is not None and self._modem.caller_id_on

	@property
	def dialled(self) -> str | None:
		"""The number that the bridge had dialled last."""
		return self._modem.dialled if self._modem is not None else None

	def plug(self) -> None:
		"""Power the modem and make its port appear under ``link``."""
		if self.master is not None:
			return
		if self.link.exists() and not self.link.is_symlink():
			raise ConfigError(f"{self.link}: is a file of its own; give another --link")
		self._modem = Modem(self._to_computer)
		self.master, self._slave = os.openpty()
		tty.setraw(self._slave)
		# Like a serial line the terminal never waits for a reader: what nobody reads is lost.
		os.set_blocking(self.master, False)
		fresh = self.link.with_name(f".{self.link.name}.{os.getpid()}")
		with contextlib.suppress(FileNotFoundError):
			fresh.unlink()
		fresh.symlink_to(os.ttyname(self._slave))
		fresh.replace(self.link)

	def unplug(self) -> None:
		"""Pull the modem out: its port vanishes at whatever byte it was."""
		if self.master is None:
			return
		with contextlib.suppress(FileNotFoundError):
			self.link.unlink()
		for fd in (self.master, self._slave):
			os.close(fd)
		self.master = self._slave = None
		self._modem.close()
		self._modem = None

	def readable(self) -> None:
		"""The computer has sent something."""
		with contextlib.suppress(BlockingIOError):
			data = os.read(self.master, 4096)
			# The engine may answer at once, so the modem must still be there after each piece.
			if self._modem is not None:
				self._modem.receive(data)

	def start_call(self, who: str, name: str, rings: int, now: float) -> None:
		"""A call arrives; the first ring comes with it."""
		self.number_ns = None
		if self._modem is not None:
			self._modem.hang_up()
			self._modem.call(SPECIAL.get(who, who), name or None)
		self.call = Ringing(rings_left=rings, next_ring=now)

	def ring(self, cadence: float) -> None:
		"""The next ring of the present call."""
		self.call.rings_left -= 1
		self.call.next_ring += cadence
		if self._modem is not None:
			self._modem.ring()
		if self.call.rings_left == 0:
			self.hang_up()

	def hang_up(self) -> None:
		"""The caller gives up, or somebody lifts the receiver: for a plain modem that is the same silence."""
		self.call = None
		if self._modem is not None:
			self._modem.hang_up()

	def write(self, data: bytes) -> None:
		"""Put bytes on the line to the computer."""
		if self.master is None:
			return
		try:
			self.lost_bytes += len(data) - os.write(self.master, data)
		except BlockingIOError:
			self.lost_bytes += len(data)

	def _to_computer(self, data: bytes) -> None:
		if self._in_number and data.endswith(b"\n"):
			# Taken before the write, so that what is measured from here includes it.
			self.number_ns = time.time_ns()
			self._in_number = False
		elif data.startswith(b"NMBR="):
			self._in_number = True
		self.write(data)
