"""The output of a program that listens to a line, such as a software decoder at a sound card."""

from __future__ import annotations

import contextlib
import os
import queue
import shlex
import signal
import subprocess
import threading

from aftersales_bridge.ports.common import MAX_READ, READ_S, PortKind

STOP_S = 2.0


def _check(url: str) -> str | None:
	try:
		words = shlex.split(url.partition(":")[2])
	except ValueError:
		words = []
	return None if words else "must name a program after pipe:, with its arguments quoted as in a shell"


class PipePort:
	"""Runs the command of ``pipe:COMMAND`` (no shell) and reads its output; its end is the end of the port."""

	def __init__(self, url: str, options: dict) -> None:
		command = shlex.split(url.partition(":")[2])
		self._process = subprocess.Popen(
			command,
			stdin=subprocess.DEVNULL,
			stdout=subprocess.PIPE,
			stderr=subprocess.DEVNULL,
			start_new_session=True,
		)
		# Bounded: a program that pours out more than we decode waits, as it would in a shell.
		self._chunks: queue.Queue[bytes | None] = queue.Queue(64)
		self._closed = False
		threading.Thread(target=self._pump, name="pipe", daemon=True).start()

	def read(self) -> bytes:
		try:
			chunk = self._chunks.get(timeout=READ_S)
		except queue.Empty:
			return b""
		if chunk is None:
			raise ConnectionError(f"the program ended with code {self._process.wait()}")
		return chunk

	def write(self, data: bytes) -> None:
		"""Programs that are listened to take no commands."""

	def wake(self) -> None:
		with contextlib.suppress(queue.Full):
			self._chunks.put_nowait(b"")

	def close(self) -> None:
		self._closed = True
		self._signal(signal.SIGTERM)
		try:
			self._process.wait(STOP_S)
		except subprocess.TimeoutExpired:
			self._signal(getattr(signal, "SIGKILL", signal.SIGTERM))
			self._process.wait()
		self._drain()

	def _pump(self) -> None:
		output = self._process.stdout
		with output:
			while not self._closed:
				chunk = os.read(output.fileno(), MAX_READ)
				self._chunks.put(chunk or None)
				if not chunk:
					return

	def _drain(self) -> None:
		with contextlib.suppress(queue.Empty):
			while True:
				self._chunks.get_nowait()

	def _signal(self, number: int) -> None:
		# The whole group: COMMAND may be a shell with a pipeline in it.
		with contextlib.suppress(ProcessLookupError, PermissionError):
			if hasattr(os, "killpg"):
				os.killpg(self._process.pid, number)
			else:
				self._process.terminate()


KIND = PortKind("pipe", "pipe:multimon-ng -q -t raw -a CLIPFSK -", PipePort, _check)
