"""Modems with caller ID: voice modems, formatted (``AT+VCID=1``) or not (``AT+VCID=2``), and GSM terminals (``AT+CLIP=1``).

A voice modem prints ``RING`` for every ring and, once per call, lines such as ``NMBR = 13812345678``, or the exchange's
message in hexadecimal digits. They come before the first ring, between the first two or not at all, in any order, with or
without blanks. A GSM terminal prints ``+CLIP:`` after every ring.
"""

from __future__ import annotations

import csv
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace

from aftersales_bridge.adapters.base import Adapter, DeviceError, DialError, DialRequest, Port
from aftersales_bridge.adapters.lines import DLE_RING, LineSplitter, decode_text
from aftersales_bridge.adapters.packets import TYPES, Packet, PacketError, read_packet
from aftersales_bridge.calls import RingTracker
from aftersales_bridge.events import Signal
from aftersales_bridge.schema import Key, between, one_of

# ``RING A`` and ``RING 1`` are distinctive rings, ``CID RING`` is French, ``2`` is RING in numbers, ``DRON=5`` the length of a
# ring in tenths of a second, ``+CRING: VOICE`` is GSM.
_RING = re.compile(
	r"[^A-Za-z0-9]*(?:(?:CID )?RING(?: ?[A-Z0-9])?|2|DRON ?= ?[1-9]\d*|CRING: .*)", re.IGNORECASE
)
_CLIP = re.compile(r"[^A-Za-z0-9]*CLIP: (.*)", re.IGNORECASE)
_HEX = re.compile(r"[0-9A-F]+", re.IGNORECASE)
_FIELD = re.compile(r"[^A-Za-z0-9]*([A-Za-z][A-Za-z_ ]*?)\s*=\s*(.*)")
_NUMBER_LABELS = {"NMBR", "NBR", "DDN_NMBR", "CALL ID"}
_QUIET = {"CALLING MSG", "END MSG"}
_NOT_DIALLED = {"BUSY", "NO ANSWER", "NO DIALTONE", "NO DIAL TONE", "NO CARRIER", "DELAYED", "BLACKLISTED"}
# A modem left in ATV0 answers in numbers.
_ACCEPTED = {"OK", "0"}
_REFUSED = {"ERROR", "4", "COMMAND NOT SUPPORTED"}

#: what switches caller ID on, by the option ``caller_id``; modems differ in which of them they know
CALLER_ID_COMMANDS = {
	"formatted": ("AT+VCID=1", "AT#CID=1"),
	"raw": ("AT+VCID=2", "AT#CID=2"),
	"gsm": ("AT+CLIP=1",),
}
ANSWER_S = 3.0
# The rest of a message that is wrapped over lines follows at once.
WRAP_S = 3.0
# The longest number, and the pauses in it, take this long to dial.
DIAL_S = 30.0


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


def _check_own_command(command: str) -> str | None:
	return _check_commands([command]) if command else None


def _check_prefix(digits: str) -> str | None:
	return None if re.fullmatch(r"[0-9*#,]*", digits) else "may hold only digits, *, # and commas for pauses"


@dataclass
class _Dialling:
	request: DialRequest
	deadline: float
	number: str
	connected: bool = False


class HayesAdapter(Adapter):
	"""Decodes a modem, whichever way it shows caller ID, and lets it dial.

	``caller_id`` only says what is asked for: every form that comes is understood.
	"""

	name = "hayes"
	title = "voice modem or GSM terminal"
	ports = ("serial", "tcp")
	can_dial = True
	options = {
		"caller_id": Key(
			str, "how the modem is to show numbers: formatted, raw (hexadecimal), or gsm", "formatted",
			one_of(*CALLER_ID_COMMANDS),
		),
		"caller_id_command": Key(
			str, "the command that switches caller ID on, where the usual ones are unknown to the modem", "", _check_own_command
		),
		"init": Key(list, "the commands sent after each open", ["ATZ", "ATE0V1Q0S0=0"], _check_commands),
		"country": Key(str, "the T.35 country code for AT+GCI, empty to leave it alone", "", _check_country),
		"ring_timeout_s": Key(float, "the silence after which a call has ended", 8.0, between(2, 30)),
		"check_every_s": Key(
			int, "how often a quiet modem is asked whether it works", 600, between(0, 86400)
		),
		"dial_prefix": Key(str, "what is dialled before every number, such as 9, for an outside line", "", _check_prefix),
		"dial_plus": Key(str, "what is dialled for the + of an international number", "00", _check_prefix),
		"dial_hold_s": Key(
			float, "how long the modem keeps the line after dialling, so that somebody can lift the receiver", 15.0,
			between(1, 120),
		),
	}  # fmt: skip

	def __init__(self, source_id: str, line: str, options: dict) -> None:
		super().__init__(source_id, line, options)
		self._init: list[str] = options["init"]
		self._country: str = options["country"]
		self._check_every: int = options["check_every_s"]
		self.calls = self._tracker = RingTracker(line, options["ring_timeout_s"])
		self._splitter = LineSplitter()
		own = options["caller_id_command"]
		self._caller_id_commands = (own,) if own else CALLER_ID_COMMANDS[options["caller_id"]]
		self._caller_id_command = self._caller_id_commands[0]
		self._hex = ""
		self._hex_at = 0.0
		self._dial_prefix: str = options["dial_prefix"]
		self._dial_plus: str = options["dial_plus"]
		self._dial_hold: float = options["dial_hold_s"]
		self._dialling: _Dialling | None = None
		self._answer: str | None = None
		self._silent = 0
		self._asked_at: float | None = None
		self._last_byte = 0.0

	def start(self, port: Port, emit: Callable[[list[Signal]], None]) -> list[str]:
		"""Send the init commands and switch caller ID on; see Adapter.start."""
		self._splitter.reset()
		self._asked_at = None
		self._dialling = None
		self._hex = ""
		warnings = []
		self._silent = 0
		for command in self._init:
			if self._command(port, command, emit) != "OK":
				warnings.append(f"the modem did not accept {command}; check init in the configuration file")
		if self._country and self._command(port, f"AT+GCI={self._country.upper()}", emit) != "OK":
			warnings.append(f"the modem did not accept country {self._country}; it may show no numbers")
		for command in self._caller_id_commands:
			if self._command(port, command, emit) == "OK":
				self._caller_id_command = command
				break
		else:
			tried = " and ".join(self._caller_id_commands)
			warnings.append(f"the modem refused caller ID ({tried}); calls will come without a number")
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

	def dial(self, port: Port, request: DialRequest, now: float) -> list[Signal]:
		"""Dial, and give the line free when there was time to lift the receiver; see Adapter.dial.

		What becomes of the call a modem cannot tell, so no more than that it was dialled is reported.
		"""
		number = re.sub(r"[ ()./-]", "", request.number)
		number = self._dial_plus + number[1:] if number.startswith("+") else number
		if not re.fullmatch(r"[0-9*#,]{1,40}", number):
			raise DialError("the number holds characters that cannot be dialled")
		if self._tracker.ringing:
			raise DialError("the line is ringing")
		if self._dialling:
			raise DialError("the modem is dialling another number")
		self._dialling = _Dialling(request, now + DIAL_S, number)
		self._asked_at = None
		self._answer = None
		port.write(f"ATDT{self._dial_prefix}{number};\r".encode("ascii"))
		return []

	def tick(self, now: float) -> list[Signal]:
		"""Give up dialling that the modem never confirmed; see Adapter.tick."""
		signals: list[Signal] = []
		if self._dialling and not self._dialling.connected and now >= self._dialling.deadline:
			signals = self._not_dialled("the modem did not answer")
		return [*signals, *super().tick(now)]

	def check_up(self, port: Port, now: float) -> None:
		"""Send the caller-ID command again to a quiet modem: one that lost its power forgot it."""
		if self._dialling:
			if self._dialling.connected and now >= self._dialling.deadline:
				self._dialling = None
				port.write(b"ATH\r")
			return
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
		self._hex = ""
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
		if self._hex and not (_HEX.fullmatch(text) and now - self._hex_at < WRAP_S):
			self.bad.add("packets that broke off", self._hex)
			self._hex = ""
		if not self._hex and _RING.fullmatch(text):
			return self._tracker.ring(now, text)
		if not self._hex and (upper in _ACCEPTED or upper in _REFUSED):
			return self._answered(upper in _ACCEPTED, now)
		if upper in _NOT_DIALLED:
			if self._dialling and not self._dialling.connected:
				return self._not_dialled(text.lower())
			return self._tracker.hung_up("no_carrier") if upper == "NO CARRIER" else []
		field = _FIELD.fullmatch(text)
		if field:
			return self._field(" ".join(field.group(1).upper().split()), field.group(2).strip(), text, now)
		clip = _CLIP.fullmatch(text)
		if clip:
			return self._clip(clip.group(1), text, now)
		if self._hex or (_HEX.fullmatch(text) and len(text) >= 6 and int(text[:2], 16) in TYPES):
			return self._packet(text, now)
		if upper not in _QUIET and not upper.startswith("AT"):
			self.bad.add("unknown lines", text)
		return []

	def _answered(self, accepted: bool, now: float) -> list[Signal]:
		"""The modem says OK or ERROR, to a command or to a number that was to be dialled."""
		if self._dialling is None or self._dialling.connected:
			self._answer = "OK" if accepted else "ERROR"
			return []
		if not accepted:
			return self._not_dialled("the modem refused to dial")
		self._dialling.connected = True
		self._dialling.deadline = now + self._dial_hold
		call = Signal(
			kind="ringing",
			line=self.line,
			call_uuid=str(uuid.uuid4()),
			direction="out",
			number_raw=self._dialling.request.number,
			presentation="allowed",
			extension=self._dialling.request.extension,
			dial_request=self._dialling.request.id,
		)
		return [call, replace(call, kind="ring_end", seq=2, cause="dialled")]

	def _not_dialled(self, reason: str) -> list[Signal]:
		request, self._dialling = self._dialling.request, None
		return [request.failed(reason)]

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
		if label == "MESG":
			# A parameter the modem does not know, or the whole message of the exchange.
			try:
				return self._show(read_packet(bytes.fromhex(value)), text, now)
			except ValueError:
				pass
		# DDN and whatever else a modem may print belong to the call but say nothing we use.
		self._tracker.note(text)
		return []

	def _clip(self, value: str, text: str, now: float) -> list[Signal]:
		"""GSM: number, type, subaddress, its type, name, validity (1 withheld, 2 and 3 not available)."""
		try:
			row = [part.strip() for part in next(csv.reader([value]))]
		except (csv.Error, StopIteration):
			row = [""]
		row += [""] * (6 - len(row))
		number = {"1": "P", "2": "O", "3": "O"}.get(row[5], row[0]) or "O"
		if row[1] == "145" and number.isdigit():
			number = f"+{number}"
		signals = self._tracker.number(number, now, text)
		if signals is None:
			self.bad.add("unreadable numbers", text)
			return []
		return [*signals, *(self._tracker.name(row[4], now, text) if row[4] else [])]

	def _packet(self, text: str, now: float) -> list[Signal]:
		"""A message in hexadecimal digits, perhaps wrapped over lines."""
		self._hex += text
		self._hex_at = now
		data = bytes.fromhex(self._hex[: len(self._hex) // 2 * 2])
		if len(data) < 2 or len(data) < data[1] + 3:
			return []
		shown, self._hex = self._hex, ""
		try:
			return self._show(read_packet(data), shown, now)
		except PacketError as error:
			self.bad.add(str(error), shown)
			self._tracker.note(shown)
		return []

	def _show(self, packet: Packet, raw: str, now: float) -> list[Signal]:
		if not packet.is_call:
			return []
		signals: list[Signal] = []
		for label, value in (("DATE", packet.date), ("TIME", packet.time)):
			if value:
				signals += self._tracker.date_or_time(label, value, now, f"{label}={value}")
		if packet.name:
			signals += self._tracker.name(packet.name, now, f"NAME={packet.name}")
		if packet.number:
			signals += self._tracker.number(packet.number, now, raw) or []
		return signals
