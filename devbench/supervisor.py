"""Runs a bench's programs, restarts what dies, and ends all of them with itself, however it ends."""

import os
import signal
import socket
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from devbench import processes
from devbench.errors import Stop
from devbench.layout import Bench
from devbench.ports import HOST
from devbench.processes import Record
from devbench.progress import warn

if TYPE_CHECKING:  # it needs packages that are not there yet when a bench is being built
	from devbench.services import Service

RESTARTS = 5
RESTART_WINDOW = 60.0
SELF = "supervisor"


class Child:
	"""A running program and when it was (re)started."""

	def __init__(self, service: "Service", process: subprocess.Popen):
		self.service = service
		self.process = process
		self.starts = [time.monotonic()]


class Supervisor:
	"""The programs of a bench as children of this process.

	Each is leader of a process group of its own, so that Ctrl-C reaches only the supervisor, which ends them in order.
	The kernel ends them if the supervisor is killed; records on disk let the next start end whatever is left.
	"""

	def __init__(self, bench: Bench):
		self.bench = bench
		self.children: list[Child] = []
		bench.run.mkdir(parents=True, exist_ok=True)
		bench.logs.mkdir(parents=True, exist_ok=True)

	def claim(self) -> None:
		"""Become this bench's supervisor. Ends what a killed one left; raises Stop when one is at work."""
		for record in processes.noted(self.bench.run):
			if record.name == SELF and record.pid != os.getpid():
				raise Stop(
					f"This bench is running already (process {record.pid}): `make stop` ends it, `make status` shows it."
				)
		end_leftovers(self.bench)
		processes.note(self.bench.run, Record.of(SELF, os.getpid()))

	def log_of(self, service: "Service") -> Path:
		"""File that keeps what the program prints."""
		return self.bench.logs / f"{service.name}.log"

	def start(self, service: "Service") -> Child:
		"""Start a program as a child."""
		child = Child(service, self._spawn(service))
		self.children.append(child)
		return child

	def _spawn(self, service: "Service") -> subprocess.Popen:
		with open(self.log_of(service), "ab") as log:
			process = subprocess.Popen(
				processes.bound(service.command, "TERM"), cwd=service.cwd, env=service.env or None,
				stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
			)  # fmt: skip
		processes.note(self.bench.run, Record.of(service.name, process.pid))
		return process

	def is_running(self, name: str) -> bool:
		"""Whether the program of that name lives."""
		return any(child.service.name == name and child.process.poll() is None for child in self.children)

	def wait_for_port(self, service: "Service", seconds: float = 60.0) -> None:
		"""Wait until the program listens. Raises Stop with its last words when it ends or does not."""
		limit = time.monotonic() + seconds
		while time.monotonic() < limit:
			if not self.is_running(service.name):
				raise Stop(f"{service.name} ended while starting: {self._last_words(service)}")
			if answers(service.port):
				return
			time.sleep(0.05)
		raise Stop(f"{service.name} did not start within {seconds:.0f} s: {self._last_words(service)}")

	def _last_words(self, service: "Service") -> str:
		log = self.log_of(service)
		lines = [line for line in log.read_text(errors="replace").splitlines()[-20:] if line.strip()]
		cause = processes.explain("\n".join(lines)) or (lines[-1].strip() if lines else "it said nothing")
		return f"{cause} (all of it in {log})"

	def watch(self, stopping) -> None:
		"""Restart programs that die, until `stopping()` is true.

		Raises Stop when one that the bench cannot do without dies again and again.
		"""
		while not stopping():
			for child in list(self.children):
				if child.process.poll() is not None:
					self._restart(child)
			time.sleep(0.3)

	def _restart(self, child: Child) -> None:
		service, now = child.service, time.monotonic()
		child.starts = [start for start in child.starts if now - start < RESTART_WINDOW]
		if len(child.starts) >= RESTARTS:
			sentence = f"{service.name} ended {RESTARTS} times within a minute: {self._last_words(service)}"
			if service.vital:
				raise Stop(sentence)
			warn(f"  ! {sentence}; it stays off")
			self.children.remove(child)
			return
		warn(f"  ! {service.name} ended ({ending(child.process.returncode)}); starting it again")
		child.starts.append(now)
		child.process = self._spawn(service)

	def stop(self) -> None:
		"""End all programs and give the bench free."""
		self.stop_children()
		processes.forget(self.bench.run, SELF)

	def stop_children(self) -> None:
		"""End all programs: first, side by side, what works on the stores; then the stores, the last started first."""
		stores = [child for child in self.children if is_store(child.service.name)]
		self._end([child for child in self.children if child not in stores])
		for child in reversed(stores):
			self._end([child])
		self.children.clear()

	def _end(self, children: list[Child]) -> None:
		for child in children:
			processes.signal_group(child.process.pid, signal.SIGTERM)
		limit = time.monotonic() + max((child.service.patience for child in children), default=0)
		for child in children:
			try:
				child.process.wait(max(0.05, limit - time.monotonic()))
			except subprocess.TimeoutExpired:
				warn(f"  ! {child.service.name} did not end by itself; forced")
			# Also when it has ended: what it started must not stay.
			processes.signal_group(child.process.pid, signal.SIGKILL)
			child.process.wait()
			processes.forget(self.bench.run, child.service.name)


def ending(code: int) -> str:
	"""How a program ended, in words."""
	return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def is_store(name: str) -> bool:
	"""Whether a program keeps the data that the others work on."""
	return name.startswith(("mariadb", "redis"))


def answers(port: int) -> bool:
	"""Whether something listens on the loopback port."""
	with socket.socket() as probe:
		probe.settimeout(1)
		return probe.connect_ex((HOST, port)) == 0


def end_leftovers(bench: Bench) -> list[str]:
	"""End programs whose supervisor is gone, and a supervisor itself. Returns the names of those ended."""
	first = [record for record in processes.noted(bench.run) if record.pid != os.getpid()]
	# A supervisor that is alive ends its programs itself, in order.
	processes.end([record for record in first if record.name == SELF], seconds=90)
	left = [record for record in processes.noted(bench.run) if record.pid != os.getpid()]
	# What writes to the stores goes before them.
	processes.end([record for record in left if not is_store(record.name)])
	processes.end([record for record in left if is_store(record.name)], seconds=60)
	processes.noted(bench.run)
	return [record.name for record in first]


@contextmanager
def ends_with_signals():
	"""Inside, Ctrl-C, `make stop` and a closed terminal set a flag instead of breaking off; a second one breaks off.

	Gives a function that tells whether one has come.
	"""
	came: list[int] = []

	def arrive(number, _frame):
		came.append(number)
		if len(came) > 1:
			raise KeyboardInterrupt

	numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
	former = {number: signal.signal(number, arrive) for number in numbers}
	try:
		yield lambda: bool(came)
	finally:
		for number, handler in former.items():
			signal.signal(number, handler)
