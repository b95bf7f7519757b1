"""The print-outs of telephone systems (SMDR): one line for each call, mostly when it is over."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import datetime

from aftersales_bridge import clock
from aftersales_bridge.adapters.base import DeviceError, Port
from aftersales_bridge.adapters.line_adapter import LineAdapter
from aftersales_bridge.adapters.smdr_records import (
	ANSWERED,
	ARRIVES,
	DIALLED,
	TALKED,
	NoCall,
	Record,
	read_avaya,
	read_esi,
	read_panasonic,
)
from aftersales_bridge.events import Signal
from aftersales_bridge.known_calls import Facts, KnownCalls
from aftersales_bridge.schema import Key, between, one_of
from aftersales_bridge.secret import SecretError, read_secret

# A stamp further from the present than this comes from a clock nobody has set.
MAX_AGE_MS = 31 * 86_400_000
MAX_AHEAD_MS = 3_600_000
# How many unfinished calls, and parts of one, are kept.
MAX_PARTS = 200
LOGIN_S = 10.0
# What Panasonic's manuals say, until somebody changes it.
MAKERS_PASSWORD = "PCCSMDR"

DIALECTS = ("kx_td", "kx_tda", "avaya", "esi")
_TELNET = re.compile(rb"\xff(?:[\xfb-\xfe].|[\xf0-\xfa])", re.DOTALL)


class SmdrAdapter(LineAdapter):
	"""Decodes Panasonic KX-TD and KX-TDA/TDE/NCP/NS, Avaya IP Office and ESI print-outs.

	Only the KX-TD can print a call when it arrives. What the others print goes into the call log and pops nothing up.
	"""

	name = "smdr"
	title = "telephone system that prints its calls (SMDR)"
	longest_line = 400
	port_defaults = {"baud": 9600}
	multi_line = True
	options = {
		"dialect": Key(str, "the make of the telephone system", check=one_of(*DIALECTS)),
		"line_by": Key(
			str, "which column names the line: the outside line, the number dialled, or the extension", "trunk",
			one_of("trunk", "did", "extension"),
		),
		"day_first": Key(bool, "whether dates are printed as day/month (Panasonic)", False),
		"stamp": Key(
			str, "whether the printed time is the start or the end of the call (Panasonic)", "end", one_of("start", "end")
		),
		"user": Key(str, "the word that opens the print-out over Telnet, SMDR with Panasonic; empty if none is asked", ""),
		"secret_file": Key(
			str,
			"the file that holds the password after it; without one the maker's own is sent",
			"",
			path=True,
		),
		"talk_limit_h": Key(float, "how long a call may last of which no end is printed", 4.0, between(0.1, 48)),
	}  # fmt: skip

	def __init__(self, source_id: str, line: str, options: dict) -> None:
		super().__init__(source_id, line, options)
		self._options = options
		self.calls = KnownCalls(reuse=True, talk_limit=options["talk_limit_h"] * 3600)
		#: the finished parts of calls that are going on, by the telephone system's own call id
		self._parts: dict[str, list[Record]] = {}
		self._telnet = b""

	def start(self, port: Port, emit: Callable[[list[Signal]], None]) -> list[str]:
		"""Log in where that is asked; see Adapter.start."""
		self._splitter.reset()
		self._telnet = b""
		if not self._options["user"]:
			return []
		try:
			secret_file = self._options["secret_file"]
			password = read_secret(secret_file) if secret_file else MAKERS_PASSWORD
		except SecretError as error:
			raise DeviceError(str(error)) from None
		self._await(port, b">", "no prompt came")
		port.write(self._options["user"].encode("ascii", "ignore") + b"\r\n")
		self._await(port, b"assword", "it asked for no password")
		port.write(password.encode("ascii", "ignore") + b"\r\n")
		return []

	def feed(self, data: bytes, now: float) -> list[Signal]:
		"""Decode bytes from the telephone system; see Adapter.feed."""
		return super().feed(self._plain(data), now)

	def _await(self, port: Port, word: bytes, problem: str) -> None:
		seen = b""
		until = self.now() + LOGIN_S
		while word not in seen:
			seen = (seen + self._plain(port.read()))[-400:]
			if self.now() >= until:
				raise DeviceError(f"the telephone system let nobody in: {problem}")

	def _plain(self, data: bytes) -> bytes:
		"""``data`` without the commands of the Telnet protocol."""
		if not self._options["user"]:
			return data
		data = _TELNET.sub(b"", self._telnet + data)
		cut = data.rfind(b"\xff", -2)
		self._telnet = data[cut:] if cut >= 0 else b""
		return data[:cut] if cut >= 0 else data

	def _line(self, text: str, now: float) -> list[Signal]:
		try:
			record = self._read(text)
		except NoCall:
			return []
		if record is None:
			if not re.fullmatch(r"[> ]*(?:smdr|.*assword.*)", text, re.IGNORECASE):
				self.bad.add("unknown lines", text)
			return []
		if record.call_id:
			record = self._whole(record)
			if record is None:
				return []
		word = getattr(
			record, {"trunk": "trunk", "did": "did", "extension": "extension"}[self._options["line_by"]]
		)
		line = self.lines.get(word or "0")
		if line is None:
			self.bad.add("unknown lines", text)
			return []
		return self._call(line, record, now, text)

	def _read(self, text: str) -> Record | None:
		dialect = self._options["dialect"]
		if dialect == "avaya":
			return read_avaya(text)
		if dialect == "esi":
			return read_esi(text)
		return read_panasonic(text, self._options["day_first"], self._options["stamp"] == "end")

	def _whole(self, record: Record) -> Record | None:
		"""The whole call when ``record`` is its last part; the parts before it come as records of their own."""
		parts = [*self._parts.pop(record.call_id, [])[-MAX_PARTS:], record]
		if record.continues:
			self._parts[record.call_id] = parts
			while len(self._parts) > MAX_PARTS:
				self._parts.pop(next(iter(self._parts)))
			return None
		spoken = [part for part in parts if part.what in (TALKED, DIALLED) and part.duration_s]
		if len(parts) == 1 or not spoken:
			return record
		first = spoken[0]
		total = sum(part.duration_s or 0 for part in spoken)
		return Record(
			what=first.what,
			trunk=record.trunk or first.trunk,
			extension=first.extension,
			number=first.number,
			name=first.name,
			did=first.did,
			ring_s=first.ring_s,
			duration_s=total,
			stamp=first.stamp,
			call_id=record.call_id,
		)

	def _call(self, line: str, record: Record, now: float, raw: str) -> list[Signal]:
		facts = {
			"line": line,
			"direction": "out" if record.what == DIALLED else "in",
			"number": record.number,
			"name": record.name,
			"extension": record.extension or None,
			"did": record.did or None,
			"device_time": record.stamp.isoformat(" ", "minutes") if record.stamp else None,
		}
		open_now = self.calls.is_open(line)
		if record.what == ARRIVES:
			return self._arrives(line, Facts(**facts), record, now, raw)
		if record.what == ANSWERED:
			return self.calls.answered(line, now, Facts(**facts), [raw])
		if record.what != DIALLED and open_now:
			spoke = self.calls.is_answered(line)
			return self.calls.ended(
				line, now, Facts(**facts), duration_s=record.duration_s or None if spoke else None, raw=[raw]
			)
		return self._past(facts, record, now, raw)

	def _arrives(self, line: str, facts: Facts, record: Record, now: float, raw: str) -> list[Signal]:
		ended: list[Signal] = []
		if self.calls.is_answered(line):
			ended = self.calls.ended(line, now, cause="next_call", certain=False)
		return [*self.calls.ringing_now(line, now, facts, [raw]), *ended]

	def _past(self, facts: dict, record: Record, now: float, raw: str) -> list[Signal]:
		"""A call that is over: filed with the times it had, popping nothing up."""
		talk_s, ring_s = record.duration_s or 0, record.ring_s or 0
		start = _milliseconds(record.started)
		if start is None:
			start = clock.wall_ms() - 1000 * (talk_s + ring_s)
		key = str(uuid.uuid4())
		rang = Facts(**facts, occurred_at=start, history=True)
		taken = Facts(occurred_at=start + 1000 * ring_s, history=True)
		over = Facts(occurred_at=start + 1000 * (ring_s + talk_s), history=True)
		signals = self.calls.ringing_now(key, now, rang, [raw])
		if talk_s:
			signals += self.calls.answered(key, now, taken)
		return signals + self.calls.ended(key, now, over, duration_s=talk_s or None)


def _milliseconds(stamp: datetime | None) -> int | None:
	"""Local time as UTC milliseconds; None when the telephone system's clock is not set."""
	if stamp is None:
		return None
	try:
		moment = int(stamp.timestamp() * 1000)
	except (OverflowError, OSError, ValueError):
		return None
	age = clock.wall_ms() - moment
	return moment if -MAX_AHEAD_MS <= age <= MAX_AGE_MS else None
