"""The simulator's loop and its text protocol: one command a line, one JSON object back."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from aftersales_bridge.schema import ConfigError
from aftersales_bridge.signals import StopSignal
from aftersales_bridge.simulator.line import SPECIAL, Line

MAX_COMMAND = 1000
SEND_S = 60.0


class CommandError(Exception):
	"""A command that cannot be done; the message says what to write instead."""


@dataclass
class Plan:
	"""Calls that come by themselves: ``calls`` (number, name) in turn, ``every`` seconds, ``count`` times."""

	calls: list[tuple[str, str]]
	every: float | None = None
	count: int | None = None
	done: int = 0
	next_at: float = 0.0

	@property
	def finished(self) -> bool:
		"""Whether no call will come any more."""
		limit = self.count if self.every is not None else len(self.calls)
		return not self.calls or (limit is not None and self.done >= limit)

	def due(self, now: float) -> tuple[str, str] | None:
		"""The call to be made at ``now``, if any."""
		if self.finished or now < self.next_at:
			return None
		call = self.calls[self.done % len(self.calls)]
		self.done += 1
		self.next_at = now + (self.every or 0.0)
		return call


class Client:
	"""Somebody who gives commands: a connection of the control socket, or standard input."""

	def __init__(self, read_fd: int, write_fd: int, connection: socket.socket | None = None) -> None:
		self.read_fd = read_fd
		self._write_fd = write_fd
		self._connection = connection
		self._buffer = b""

	def commands(self) -> list[str] | None:
		"""The commands that have arrived; None when the client has gone."""
		try:
			data = os.read(self.read_fd, 4096)
		except BlockingIOError:
			return []
		except OSError:
			return None
		if not data or len(self._buffer) > MAX_COMMAND:
			return None
		*lines, self._buffer = (self._buffer + data).split(b"\n")
		return [line.decode("utf-8", "replace").strip() for line in lines if line.strip()]

	def answer(self, answer: dict) -> None:
		"""Send ``answer``; a client that does not read loses it."""
		with contextlib.suppress(OSError):
			os.write(self._write_fd, json.dumps(answer, ensure_ascii=False).encode() + b"\n")

	def close(self) -> None:
		if self._connection is not None:
			self._connection.close()


class Simulator:
	"""Lines, their modems, and everybody who may ring them, in one thread."""

	def __init__(self, links: list[Path], control: Path, rings: int, cadence: float, plan: Plan) -> None:
		self.lines = [Line(number, link) for number, link in enumerate(links, 1)]
		self._control = control
		self._rings = rings
		self._cadence = cadence
		self._plan = plan
		self._selector = selectors.DefaultSelector()
		self._running = True
		self._waiting: list[tuple[Client, Line, float]] = []

	def run(self) -> int:
		"""Serve until ``quit``, SIGTERM or SIGINT; the exit code."""
		self._selector.register(StopSignal(), selectors.EVENT_READ, self._stop)
		server = listen_for_commands(self._control)
		self._selector.register(server, selectors.EVENT_READ, lambda: self._accept(server))
		try:
			for line in self.lines:
				self._plug(line)
			self._watch_stdin()
			for line in self.lines:
				print(f"line {line.number}: {line.link}", flush=True)
			print(f"control: {self._control}", flush=True)
			while self._running:
				self._turn()
		finally:
			for line in self.lines:
				line.unplug()
			server.close()
			with contextlib.suppress(FileNotFoundError):
				self._control.unlink()
		return 0

	def _turn(self) -> None:
		now = time.monotonic()
		self._advance(now)
		deadlines = [line.call.next_ring for line in self.lines if line.call]
		deadlines += [until for _, _, until in self._waiting]
		if not self._plan.finished and self._plan.next_at > now:
			deadlines.append(self._plan.next_at)
		timeout = max(0.0, min(deadlines) - time.monotonic()) if deadlines else None
		for key, _ in self._selector.select(timeout):
			key.data()
		self._answer_waiting(time.monotonic())

	def _advance(self, now: float) -> None:
		for line in self.lines:
			while line.call and line.call.next_ring <= now:
				line.ring(self._cadence)
		line = self.lines[self._plan.done % len(self.lines)]
		if line.caller_id_on and line.call is None:
			call = self._plan.due(now)
			if call is not None:
				print(json.dumps(self._ring(line, *call, self._rings), ensure_ascii=False), flush=True)

	def _accept(self, server: socket.socket) -> None:
		connection, _ = server.accept()
		connection.setblocking(False)
		self._watch(Client(connection.fileno(), connection.fileno(), connection))

	def _watch_stdin(self) -> None:
		with contextlib.suppress(OSError, ValueError):
			# A file or /dev/null on standard input cannot be watched, and holds no commands.
			self._watch(Client(sys.stdin.fileno(), sys.stdout.fileno()))

	def _watch(self, client: Client) -> None:
		self._selector.register(client.read_fd, selectors.EVENT_READ, lambda: self._commands(client))

	def _commands(self, client: Client) -> None:
		commands = client.commands()
		if commands is None:
			self._selector.unregister(client.read_fd)
			self._waiting = [entry for entry in self._waiting if entry[0] is not client]
			client.close()
			return
		for command in commands:
			try:
				answer = self._do(command, client)
			except (CommandError, ConfigError) as error:
				answer = {"ok": False, "error": str(error)}
			if answer is not None:
				client.answer(answer)

	def _do(self, command: str, client: Client) -> dict | None:
		words = command.split()
		line = self.lines[0]
		if words and words[0].startswith("@"):
			line = self._line(words.pop(0)[1:])
		verb, rest = (words[0].lower(), words[1:]) if words else ("", [])
		if verb == "ring" and rest:
			rings = self._rings
			if rest[-1].startswith("rings="):
				rings = self._number(rest.pop()[6:], 1, 1000)
			return self._ring(line, rest[0] if rest else "none", " ".join(rest[1:]), rings)
		if verb in ("hangup", "answer"):
			line.hang_up()
		elif verb == "unplug":
			self._unplug(line)
		elif verb == "plug":
			self._plug(line)
		elif verb == "noise":
			line.write(os.urandom(self._number(rest[0] if rest else "64", 1, 65536)))
		elif verb == "wait":
			seconds = self._number(rest[0] if rest else "30", 0, 600)
			self._waiting.append((client, line, time.monotonic() + seconds))
			return None
		elif verb == "quit":
			self._stop()
		elif verb != "status":
			raise CommandError(
				"write ring NUMBER [NAME], ring withheld|unavailable|none, hangup, unplug, plug, noise BYTES, "
				"wait [SECONDS], status or quit; @2 in front for line 2"
			)
		return self._status(line)

	def _ring(self, line: Line, who: str, name: str, rings: int) -> dict:
		if len(who) > 40 or (who not in SPECIAL and not any(c.isdigit() for c in who)):
			raise CommandError(f"{who[:40]!r} is no number; write digits, withheld, unavailable or none")
		line.start_call(who, name[:50], rings, time.monotonic())
		line.ring(self._cadence)
		# number_ns is None when the modem shows no number: none sent, caller ID off, or unplugged.
		return {**self._status(line), "number": who, "number_ns": line.number_ns, "now_ns": time.time_ns()}

	def _status(self, line: Line) -> dict:
		return {
			"ok": True,
			"line": line.number,
			"port": str(line.link),
			"plugged": line.master is not None,
			"caller_id": line.caller_id_on,
			"ringing": line.call is not None,
			"dialled": line.dialled,
			"lost_bytes": line.lost_bytes,
		}

	def _answer_waiting(self, now: float) -> None:
		still = []
		for client, line, until in self._waiting:
			if line.caller_id_on:
				client.answer(self._status(line))
			elif now >= until:
				client.answer({"ok": False, "error": f"nobody has switched caller ID on at {line.link}"})
			else:
				still.append((client, line, until))
		self._waiting = still

	def _line(self, number: str) -> Line:
		return self.lines[self._number(number, 1, len(self.lines)) - 1]

	@staticmethod
	def _number(text: str, low: int, high: int) -> int:
		if not text.isdigit() or not low <= int(text) <= high:
			raise CommandError(f"{text[:20]!r} must be a number from {low} to {high}")
		return int(text)

	def _plug(self, line: Line) -> None:
		if line.master is None:
			line.plug()
			self._selector.register(line.master, selectors.EVENT_READ, line.readable)

	def _unplug(self, line: Line) -> None:
		if line.master is not None:
			self._selector.unregister(line.master)
			line.unplug()

	def _stop(self) -> None:
		self._running = False


def listen_for_commands(control: Path) -> socket.socket:
	"""The socket for commands at ``control``. Raises ConfigError."""
	server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
	with contextlib.suppress(FileNotFoundError):
		if control.is_socket():
			control.unlink()
	try:
		control.parent.mkdir(parents=True, exist_ok=True)
		server.bind(str(control))
	except OSError as error:
		server.close()
		raise ConfigError(
			f"{control}: no control socket can be made ({error}); give --control PATH"
		) from None
	os.chmod(control, 0o600)
	server.listen()
	server.setblocking(False)
	return server


def send(control: Path, command: str) -> int:
	"""Give ``command`` to the simulator behind ``control`` and print its answer; 0 if it could be done."""
	try:
		with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
			connection.settimeout(SEND_S)
			connection.connect(str(control))
			connection.sendall(command.replace("\n", " ").encode() + b"\n")
			answer = connection.makefile("rb").readline()
	except OSError as error:
		raise ConfigError(
			f"{control}: no simulator answers ({error}); start one with simulate --link"
		) from None
	print(answer.decode().strip())
	return 0 if answer and json.loads(answer).get("ok") else 1
