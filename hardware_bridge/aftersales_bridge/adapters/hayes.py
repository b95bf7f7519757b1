"""Voice modems with formatted caller ID (``AT+VCID=1`` or ``AT#CID=1``).

Such a modem prints ``RING`` for every ring and, once per call, lines such as ``NMBR = 13812345678``. They come
before the first ring, between the first two or not at all, in any order, with or without blanks.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from aftersales_bridge.adapters.base import Adapter, DeviceError, Port
from aftersales_bridge.adapters.lines import DLE_RING, LineSplitter, decode_text
from aftersales_bridge.calls import RingTracker
from aftersales_bridge.events import Signal
from aftersales_bridge.schema import Key, between

# ``RING A`` and ``RING 1`` are distinctive rings, ``CID RING`` is French, ``2`` is RING in numbers.
_RING = re.compile(r"[^A-Za-z0-9]*(?:(?:CID )?RING(?: ?[A-Z0-9])?|2)", re.IGNORECASE)
_FIELD = re.compile(r"[^A-Za-z0-9]*([A-Za-z][A-Za-z_ ]*?)\s*=\s*(.*)")
_NUMBER_LABELS = {"NMBR", "NBR", "DDN_NMBR", "CALL ID"}
_QUIET = {"CALLING MSG", "END MSG", "NO CARRIER", "BUSY", "NO ANSWER", "NO DIALTONE"}
# A modem left in ATV0 answers in numbers.
_ACCEPTED = {"OK", "0"}
_REFUSED = {"ERROR", "4", "COMMAND NOT SUPPORTED"}

CALLER_ID_COMMANDS = ("AT+VCID=1", "AT#CID=1")
ANSWER_S = 3.0


def _check_commands(commands: list[str]) -> str | None:
	for command in commands:
		if not re.fullmatch(r"[Aa][Tt][ -~]*", command):
			return f"holds {command!r}, but every command must start with AT"
		if re.search(r"S0=0*[1-9]", command.upper()):
			return f"holds {command!r}, which makes the modem answer calls; use S0=0"
	return None


def _check_country(code: str) -> str | None:
	if code == "" or re.fullmatch(r"[0-9A-Fa-f]{2}", code):
		return None
	return "must be two hexadecimal digits such as 26 for China"


class HayesAdapter(Adapter):
	"""Decodes a voice modem in formatted caller-ID mode."""

	name = "hayes"
	title = "voice modem with formatted caller ID"
	ports = ("serial", "tcp")
	options = {
		"init": Key(list, "the commands sent after each open", ["ATZ", "ATE0V1Q0S0=0"], _check_commands),
		"country": Key(str, "the T.35 country code for AT+GCI, empty to leave it alone", "", _check_country),
		"ring_timeout_s": Key(float, "the silence after which a call has ended", 8.0, between(2, 30)),
		"check_every_s": Key(
			int, "how often a quiet modem is asked whether it works", 600, between(0, 86400)
		),
	}

	def __init__(self, source_id: str, line: str, options: dict) -> None:
		super().__init__(source_id, line, options)
		self._init: list[str] = options["init"]
		self._country: str = options["country"]
		self._check_every: int = options["check_every_s"]
		self.calls = self._tracker = RingTracker(line, options["ring_timeout_s"])
		self._splitter = LineSplitter()
		self._caller_id_command = CALLER_ID_COMMANDS[0]
		self._answer: str | None = None
		self._silent = 0
		self._asked_at: float | None = None
		self._last_byte = 0.0

	def start(self, port: Port, emit: Callable[[list[Signal]], None]) -> list[str]:
		"""Send the init commands and switch caller ID on; see Adapter.start."""
		self._splitter.reset()
		self._asked_at = None
		warnings = []
		self._silent = 0
		for command in self._init:
			if self._command(port, command, emit) != "OK":
				warnings.append(f"the modem did not accept {command}; check init in the configuration file")
		if self._country and self._command(port, f"AT+GCI={self._country.upper()}", emit) != "OK":
			warnings.append(f"the modem did not accept country {self._country}; it may show no numbers")
		for command in CALLER_ID_COMMANDS:
			if self._command(port, command, emit) == "OK":
				self._caller_id_command = command
				break
		else:
			warnings.append(
				"the modem refused caller ID (AT+VCID=1 and AT#CID=1); calls will come without a number"
			)
		self._last_byte = self.now()
		return warnings

	def feed(self, data: bytes, now: float) -> list[Signal]:
		"""Decode bytes from the modem; see Adapter.feed."""
		self._last_byte = now
		signals: list[Signal] = []
		lines, lost = self._splitter.feed(data, now)
		for what in lost:
			self.bad.add(what)
		for line in lines:
			signals += self._line(line, now)
		return signals

	def check_up(self, port: Port, now: float) -> None:
		"""Send the caller-ID command again to a quiet modem: one that lost its power forgot it."""
		if self._asked_at is not None:
			if self._answer == "OK":
				self._asked_at = None
			elif now - self._asked_at > ANSWER_S:
				raise DeviceError(f"no answer to {self._caller_id_command} while idle")
			return
		if self._check_every and not self._tracker.ringing and now - self._last_byte >= self._check_every:
			self._answer = None
			self._asked_at = now
			port.write(self._caller_id_command.encode("ascii") + b"\r")

	def suspend(self, now: float) -> None:
		"""The modem is lost, and with it half a line; see Adapter.suspend."""
		self._splitter.reset()
		super().suspend(now)

	def identify(self, port: Port) -> str:
		"""What the modem says to ATI3, for a person to read."""
		port.write(b"ATI3\r")
		lines: list[str] = []
		deadline = self.now() + ANSWER_S
		while self.now() < deadline:
			for line in self._splitter.feed(port.read(), self.now())[0]:
				text = decode_text(line)
				if text.upper() in _ACCEPTED or text.upper() in _REFUSED:
					return " ".join(lines)[:60]
				if not text.upper().startswith("AT"):
					lines.append(text)
		return ""

	def _command(self, port: Port, command: str, emit: Callable[[list[Signal]], None]) -> str | None:
		"""Send ``command``; OK, ERROR, or None when there is no answer in time.

		One silent command may be a modem told to be quiet (ATQ1); a second one raises DeviceError.
		"""
		self._answer = None
		port.write(command.encode("ascii") + b"\r")
		deadline = self.now() + ANSWER_S
		while self._answer is None and self.now() < deadline:
			signals = self.feed(port.read(), self.now())
			if signals:
				emit(signals)
		self._silent = 0 if self._answer else self._silent + 1
		if self._silent == 2:
			raise DeviceError(
				f"no answer to {command}: is this the modem's port, baud right, and no other program using it?"
			)
		return self._answer

	def _line(self, line: bytes, now: float) -> list[Signal]:
		if line == DLE_RING:
			return self._tracker.ring(now, "<DLE>R")
		text = decode_text(line)
		upper = text.upper()
		if _RING.fullmatch(text):
			return self._tracker.ring(now, text)
		if upper in _ACCEPTED or upper in _REFUSED:
			self._answer = "OK" if upper in _ACCEPTED else "ERROR"
			return []
		field = _FIELD.fullmatch(text)
		if field:
			return self._field(" ".join(field.group(1).upper().split()), field.group(2).strip(), text, now)
		if upper == "NO CARRIER":
			return self._tracker.hung_up("no_carrier")
		if upper not in _QUIET and not upper.startswith("AT"):
			self.bad.add("unknown lines", text)
		return []

	def _field(self, label: str, value: str, text: str, now: float) -> list[Signal]:
		if label in ("DATE", "TIME"):
			return self._tracker.date_or_time(label, value, now, text)
		if label == "DATE TIME":
			return self._tracker.date_or_time("DATE", value, now, text)
		if label == "NAME":
			return self._tracker.name(value, now, text)
		if label in _NUMBER_LABELS:
			signals = self._tracker.number(value, now, text)
			if signals is not None:
				return signals
			self.bad.add("unreadable numbers", text)
		# MESG, DDN and whatever else a modem may print belong to the call but say nothing we use.
		self._tracker.note(text)
		return []
