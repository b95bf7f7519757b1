"""A telephone line for journeys and measurements: the simulator's real modem, read by the real bridge."""

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

BRIDGE = Path(__file__).resolve().parents[2] / "hardware_bridge"
DEMO_BRIDGE = "demo-bridge"
# Quicker than any real line, so that a call ends, and the next may come, without a long wait.
RING_EVERY_S = 2
SILENCE_S = 3


def bridge_token() -> str:
	"""API key and secret of the demo bridge's user, asked of the site itself."""
	sites = Path(os.environ["AFTERSALES_BENCH"]) / "sites"
	site = os.environ.get("AFTERSALES_JOURNEY_SITE", "aftersales.localhost")
	command = [sys.executable, "-m", "frappe.utils.bench_helper", "frappe", "--site", site, "execute"]
	answer = subprocess.run(
		[*command, "aftersales.demo.telephony.bridge_token"],
		cwd=sites,
		capture_output=True,
		text=True,
		check=True,
		timeout=60,
	)
	return json.loads(answer.stdout.strip().splitlines()[-1])


class TelephoneLine:
	"""Simulator and bridge as two processes; `ring` returns when the modem has written the number."""

	def __init__(self, url: str, folder: Path, logs: Path, source_lines: tuple[str, ...] = ("1",)):
		self.url, self.folder, self.logs, self.source_lines = url, folder, logs, source_lines
		self.modem = folder / "modem"
		self.config = folder / "bridge.toml"
		self._processes: list[subprocess.Popen] = []

	def __enter__(self) -> "TelephoneLine":
		token = self.folder / "token"
		token.touch(mode=0o600)
		token.write_text(bridge_token())
		self.config.write_text(self._settings(token))
		lines = str(len(self.source_lines))
		self._start(
			"simulate",
			"--link",
			str(self.modem),
			"--lines",
			lines,
			"--rings",
			"30",
			"--cadence",
			str(RING_EVERY_S),
		)
		self._wait_for(lambda: self.command("status"))
		self._start("run", "--config", str(self.config))
		for number in range(1, len(self.source_lines) + 1):
			self.command(f"@{number} wait 30")
		return self

	def __exit__(self, *_exception) -> None:
		for process in reversed(self._processes):
			process.terminate()
		for process in self._processes:
			process.wait(20)

	def _settings(self, token: Path) -> str:
		parts = [
			f'[bridge]\nid = "{DEMO_BRIDGE}"\ndata_dir = "{self.folder}"\n',
			f'[site]\nurl = "{self.url}"\ntoken_file = "{token}"\n',
		]
		for index, line in enumerate(self.source_lines, 1):
			port = self.modem if len(self.source_lines) == 1 else f"{self.modem}{index}"
			parts.append(
				f'[[device]]\nid = "modem-{index}"\nadapter = "hayes"\nport = "{port}"\nline = "{line}"\n'
				f"ring_timeout_s = {SILENCE_S}\n"
			)
		return "\n".join(parts)

	def _start(self, *arguments: str) -> None:
		with open(self.logs / f"bridge-{arguments[0]}.log", "ab") as log:
			self._processes.append(
				subprocess.Popen(
					[sys.executable, "-m", "aftersales_bridge", *arguments],
					env={**os.environ, "PYTHONPATH": str(BRIDGE)},
					stdin=subprocess.DEVNULL,
					stdout=log,
					stderr=subprocess.STDOUT,
				)
			)

	def _wait_for(self, ready, seconds: float = 30) -> None:
		limit = time.monotonic() + seconds
		while time.monotonic() < limit:
			if any(process.poll() is not None for process in self._processes):
				raise RuntimeError(f"simulator or bridge ended; see their logs in {self.logs}")
			try:
				if ready():
					return
			except OSError:
				pass
			time.sleep(0.1)
		raise TimeoutError(f"simulator or bridge is not ready; see their logs in {self.logs}")

	def command(self, text: str) -> dict:
		"""Give the simulator a command over its control socket; its answer."""
		with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
			connection.settimeout(70)
			connection.connect(f"{self.modem}.control")
			connection.sendall(text.encode() + b"\n")
			answer = json.loads(connection.makefile("rb").readline())
		if not answer.get("ok"):
			raise ValueError(answer.get("error"))
		return answer

	def ring(self, number: str, line: int = 1) -> dict:
		"""Let `number` ring; the answer tells when the last byte of the number left the modem."""
		return self.command(f"@{line} ring {number}")

	def hang_up(self, line: int = 1) -> dict:
		"""The caller gives up."""
		return self.command(f"@{line} hangup")

	def fall_silent(self, line: int = 1) -> None:
		"""The caller gives up, and the bridge has noticed: the next call is a new one, whoever calls."""
		self.hang_up(line)
		time.sleep(SILENCE_S + 0.5)
