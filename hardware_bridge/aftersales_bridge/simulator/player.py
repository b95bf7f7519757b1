"""Plays a simulated device: commands on standard input or a control socket, a line of JSON back for each."""

from __future__ import annotations

import contextlib
import heapq
import itertools
import json
import os
import selectors
import shlex
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from aftersales_bridge.schema import ConfigError
from aftersales_bridge.signals import StopSignal
from aftersales_bridge.simulator.control import Client, CommandError, Plan, listen_for_commands
from aftersales_bridge.simulator.device import NONE, UNAVAILABLE, WITHHELD, Call, Script, SimulatedDevice
from aftersales_bridge.simulator.wires import WIRES, Wire

HELP = (
	"write ring NUMBER [NAME] [line=L] [rings=N] [answer=SECONDS] [talk=SECONDS] [out], with withheld, unavailable or none "
	"for NUMBER; unplug, plug, noise BYTES, status or quit"
)


@dataclass
class Habits:
	"""What a call is like unless the command says otherwise."""

	rings: int
	cadence: float


class Player:
	"""One device, its wire and everybody who may give it commands, in one thread."""

	def __init__(
		self, device: SimulatedDevice, where: str, control: Path, habits: Habits, plan: Plan
	) -> None:
		self._device = device
		self._where = where
		self._control = control
		self._habits = habits
		self._plan = plan
		self._selector = selectors.DefaultSelector()
		make, option = WIRES[device.wire]
		place = Path(where) if option == "link" else where
		self._wire: Wire = make(place, self._selector, self._reply, device.greeting)
		self._due: list[tuple[float, int, bytes]] = []
		self._order = itertools.count()
		self._running = True

	def run(self) -> int:
		"""Serve until ``quit``, SIGTERM or SIGINT; the exit code."""
		self._selector.register(StopSignal(), selectors.EVENT_READ, self._stop)
		server = listen_for_commands(self._control)
		self._selector.register(server, selectors.EVENT_READ, lambda: self._accept(server))
		try:
			self._wire.plug()
			with contextlib.suppress(OSError, ValueError):
				self._watch(Client(sys.stdin.fileno(), sys.stdout.fileno()))
			print(f"{self._device.title}: {self._where}", flush=True)
			print(f"control: {self._control}", flush=True)
			while self._running:
				self._turn()
		finally:
			self._wire.unplug()
			server.close()
			with contextlib.suppress(FileNotFoundError):
				self._control.unlink()
		return 0

	def _turn(self) -> None:
		now = time.monotonic()
		while self._due and self._due[0][0] <= now:
			self._wire.send(heapq.heappop(self._due)[2])
		call = self._plan.due(now) if self._wire.connected else None
		if call is not None:
			words = ["ring", call[0], *([call[1]] if call[1] else [])]
			print(json.dumps(self._do(words), ensure_ascii=False), flush=True)
		waits = [self._due[0][0] - time.monotonic()] if self._due else []
		if not self._plan.finished:
			waits.append(max(0.2, self._plan.next_at - time.monotonic()))
		for key, _ in self._selector.select(max(0.0, min(waits)) if waits else None):
			key.data()

	def _accept(self, server: socket.socket) -> None:
		connection, _ = server.accept()
		connection.setblocking(False)
		self._watch(Client(connection.fileno(), connection.fileno(), connection))

	def _watch(self, client: Client) -> None:
		self._selector.register(client.read_fd, selectors.EVENT_READ, lambda: self._commands(client))

	def _commands(self, client: Client) -> None:
		commands = client.commands()
		if commands is None:
			self._selector.unregister(client.read_fd)
			client.close()
			return
		for command in commands:
			try:
				answer = self._do(shlex.split(command))
			except (CommandError, ConfigError, ValueError) as error:
				answer = {"ok": False, "error": str(error)}
			client.answer(answer)

	def _do(self, words: list[str]) -> dict:
		verb, rest = (words[0].lower(), words[1:]) if words else ("", [])
		if verb == "ring" and rest:
			return self._ring(rest)
		if verb == "unplug":
			self._due.clear()
			self._wire.unplug()
		elif verb == "plug":
			self._wire.plug()
		elif verb == "noise":
			count = rest[0] if rest else "64"
			if not count.isdigit() or not 0 < int(count) <= 65536:
				raise CommandError("noise takes a number of bytes from 1 to 65536")
			self._wire.send(os.urandom(int(count)))
		elif verb == "quit":
			self._stop()
		elif verb != "status":
			raise CommandError(HELP)
		return self._status()

	def _ring(self, words: list[str]) -> dict:
		call = self._call(words)
		script = self._device.call(call)
		self._schedule(script)
		while self._due and self._due[0][0] <= time.monotonic():
			self._wire.send(heapq.heappop(self._due)[2])
		return {
			**self._status(),
			"number": call.number,
			"seconds": max((at for at, _ in script), default=0.0),
		}

	def _reply(self, data: bytes) -> bytes:
		answer = self._device.reply(data)
		self._schedule(self._device.follow_ups())
		return answer

	def _schedule(self, script: Script) -> None:
		start = time.monotonic()
		for seconds, data in script:
			heapq.heappush(self._due, (start + seconds, next(self._order), data))

	def _call(self, words: list[str]) -> Call:
		number, values, name = words[0], {}, []
		if len(number) > 40 or (
			number not in (WITHHELD, UNAVAILABLE, NONE) and not any(c.isdigit() for c in number)
		):
			raise CommandError(f"{number[:40]!r} is no number; write digits, withheld, unavailable or none")
		for word in words[1:]:
			key, equals, value = word.partition("=")
			if word == "out":
				values["outbound"] = True
			elif equals and key in _READ:
				field, read = _READ[key]
				values[field] = read(value)
			else:
				name.append(word)
		line = values.setdefault("line", self._device.lines[0])
		if line not in self._device.lines:
			raise CommandError(f"{line!r} is no line of this device; it has {', '.join(self._device.lines)}")
		values.setdefault("rings", self._habits.rings)
		return Call(number=number, name=" ".join(name)[:50], cadence=self._habits.cadence, **values)

	def _status(self) -> dict:
		return {
			"ok": True,
			"device": self._device.name,
			"where": self._where,
			"connected": self._wire.connected,
			"playing": bool(self._due),
			"lost_bytes": self._wire.lost_bytes,
		}

	def _stop(self) -> None:
		self._running = False


def _seconds(text: str) -> float:
	try:
		value = float(text)
	except ValueError:
		value = -1.0
	if not 0 <= value <= 86_400:
		raise CommandError(f"{text[:20]!r} must be a number of seconds")
	return value


def _count(text: str) -> int:
	if not text.isdigit() or not 1 <= int(text) <= 1000:
		raise CommandError(f"{text[:20]!r} must be a number from 1 to 1000")
	return int(text)


_READ = {
	"line": ("line", str),
	"rings": ("rings", _count),
	"answer": ("answer_s", _seconds),
	"talk": ("talk_s", _seconds),
}
