"""Simulated telephone systems that print their calls."""

from __future__ import annotations

import time

from aftersales_bridge.simulator.device import Call, Script, SimulatedDevice, later, now

EXTENSION = "201"


class KxTdPrinter(SimulatedDevice):
	"""Panasonic KX-TD with printing of arriving and answered calls."""

	name = "kx_td"
	title = "Panasonic KX-TD telephone system"
	lines = tuple(f"{n:02d}" for n in range(1, 9))

	def call(self, call: Call) -> Script:
		if call.outbound:
			return KxTdaPrinter().call(call)
		who = f"<I> {call.digits} {call.name[:10]}".rstrip()
		script = [(0.0, self._line(call, 0, who, "", "RC"))]
		if call.answer_s is None:
			script.append((call.ring_s, self._line(call, call.ring_s, who, _ring(call.ring_s), "NA")))
		else:
			script.append((call.answer_s, self._line(call, call.answer_s, who, _ring(call.answer_s), "AN")))
			duration = f"{_ring(call.answer_s)} {_duration(call.talk_s)}"
			script.append((call.end_s, self._line(call, call.end_s, who, duration, "")))
		return [(at, f"{text}\r\n".encode("ascii", "replace")) for at, text in script]

	def _line(self, call: Call, at: float, who: str, duration: str, code: str) -> str:
		return f"{later('%m/%d/%y %I:%M%p', at)} {EXTENSION} {self.line(call)} {who:<32} {duration:<16} {code}".rstrip()


class KxTdaPrinter(SimulatedDevice):
	"""Panasonic KX-TDA, pattern A: one line when the call is over."""

	name = "kx_tda"
	title = "Panasonic KX-TDA, TDE, NCP or NS telephone system"
	lines = tuple(f"{n:02d}" for n in range(1, 9))

	def call(self, call: Call) -> Script:
		talked = call.talk_s if call.outbound or call.answer_s is not None else 0
		dialled = call.digits if call.outbound else f"<I>{call.name[:12].upper()}{call.digits}"
		ring = "" if call.outbound else _ring(call.ring_s)
		code = "" if talked else "NA"
		head = f"{later('%m/%d/%y %I:%M%p', call.end_s)} {EXTENSION:<5} {self.line(call):<2} {dialled:<25}"
		record = f"{head} {ring:<4} {_duration(talked)} {'':10} {code}".rstrip()
		return [
			(call.end_s if not call.outbound else call.talk_s, f"{record}\r\n".encode("ascii", "replace"))
		]


class KxTdaServer(KxTdaPrinter):
	"""The same over Telnet, behind a log-in."""

	name = "kx_tda_telnet"
	title = "Panasonic KX-TDA, TDE, NCP or NS telephone system in the network"
	wire = "listen"

	def greeting(self) -> bytes:
		return b"\xff\xfb\x01\xff\xfb\x03> "

	def reply(self, data: bytes) -> bytes:
		if data.strip().upper() == b"SMDR":
			return b"SMDR\r\nEnter password: "
		return b"*******\r\n" if data.strip() else b""


class AvayaPrinter(SimulatedDevice):
	"""Avaya IP Office, which connects to the bridge and sends a record when the call is over."""

	name = "avaya"
	title = "Avaya IP Office"
	wire = "connect"
	lines = ("5551000", "5551001")

	def __init__(self) -> None:
		self._calls = int(time.time())

	def call(self, call: Call) -> Script:
		self._calls += 1
		talked = call.talk_s if call.outbound or call.answer_s is not None else 0
		hours = f"{int(talked) // 3600:02d}:{int(talked) // 60 % 60:02d}:{int(talked) % 60:02d}"
		direction, caller, called = (
			("O", EXTENSION, call.digits) if call.outbound else ("I", call.digits, self.line(call))
		)
		fields = (
			*(now("%Y/%m/%d %H:%M:%S"), hours, int(call.ring_s), caller, direction, called, called, ""),
			*(0, self._calls, 0, f"E{EXTENSION}", "Agent", "T9001", "LINE 1.1", 0, 0),
		)
		record = ",".join(map(str, fields)) + "," * 13 + "\r\n"
		return [(call.talk_s if call.outbound else call.end_s, record.encode("ascii", "replace"))]


class EsiPrinter(SimulatedDevice):
	"""ESI IVX: one line when the call is over."""

	name = "esi"
	title = "ESI IVX telephone system"
	lines = ("11", "12")

	def call(self, call: Call) -> Script:
		talked = int(call.talk_s if call.outbound or call.answer_s is not None else 0)
		duration = f"{talked // 3600:02d}{talked // 60 % 60:02d}{talked % 60:02d}"
		fields = (
			*("O" if call.outbound else "I", now("%m%d%Y"), now("%H%M%S"), duration, EXTENSION),
			*(call.digits, call.name.replace('"', ""), self.line(call)),
		)
		record = ",".join(f'"{field}"' for field in fields)
		return [(call.talk_s if call.outbound else call.end_s, f"{record}\r\n".encode("ascii", "replace"))]


def _ring(seconds: float) -> str:
	return f"{int(seconds) // 60}'{int(seconds) % 60:02d}"


def _duration(seconds: float) -> str:
	return f"{int(seconds) // 3600:02d}:{int(seconds) // 60 % 60:02d}'{int(seconds) % 60:02d}"
