"""Simulated devices that call an address of the bridge: a USB box's program, telephones, a gateway, a telephone system."""

from __future__ import annotations

import time
from itertools import count
from typing import ClassVar
from urllib.parse import urlencode

from aftersales_bridge.simulator.device import NONE, Call, Script, SimulatedDevice, later, now

FORM = "application/x-www-form-urlencoded"


def _get(path: str, values: dict[str, str]) -> bytes:
	return f"GET {path}?{urlencode(values)}\n\n\n".encode()


def _post(path: str, values: dict[str, str]) -> bytes:
	return f"POST {path}\n{FORM}\n\n{urlencode(values)}".encode()


class UsbBox(SimulatedDevice):
	"""The Windows program of a USB box with four lines, which posts forms."""

	name = "usbbox"
	title = "USB caller-ID box (HTTP POST of its program)"
	wire = "http"
	lines = ("1", "2", "3", "4")
	box_id = "12345678"

	def __init__(self) -> None:
		self._serial = count(int(time.time()))

	def call(self, call: Call) -> Script:
		call_id = str(next(self._serial))
		number = call.digits
		script: Script = []
		common = {"callid": "" if call.outbound else call_id, "callOutId": call_id if call.outbound else ""}
		if not call.outbound:
			for ring, at in enumerate(call.ring_times(), 1):
				caller = {"caller": number} if number and call.number != NONE else {}
				script.append(
					(at, self._event(call, 7 if ring > 1 else 5, at, RingCnt=str(ring), **common, **caller))
				)
		if call.outbound or call.answer_s is not None:
			seconds = str(int(call.talk_s))
			way = "O" if call.outbound else "I"
			start = call.answer_s or 0.0
			file = f"{later('%Y%m%d%H%M%S', start)}-{way}-L{int(self.line(call)):02d}-EN-{number}.wav"
			spoken = {"dtmf": number} if call.outbound else {"caller": number, "dtmf": ""}
			more = {"duration": seconds, "TimeLong": seconds, "FilePath": f"D:\\Rec\\{now('%Y%m%d')}\\{file}"}
			stamp = {"Start": later("%Y-%m-%d %H:%M:%S", start)}
			script.append(
				(
					call.end_s,
					self._event(
						call, 11 if call.outbound else 9, call.end_s, **common, **spoken, **more, **stamp
					),
				)
			)
		return script

	def _event(self, call: Call, number: int, at: float, **values: str) -> bytes:
		common = {
			"event_type": str(number),
			"line": self.line(call),
			"device_id": self.box_id,
			"voltage": "48",
			"RingCnt": "0",
			"date": later("%Y-%m-%d %H:%M:%S", at),
			"Version": "1.0.2",
		}
		return _post("/api/Event", {**common, **values})


class WebPhone(SimulatedDevice):
	"""Two telephones, 101 and 102, that ring for the same call and call an address at each step; 102 answers."""

	name = "webhook"
	title = "telephones with Action URLs (preset yealink)"
	wire = "http"
	lines = ("",)
	phones: ClassVar[tuple[str, ...]] = ("101", "102")

	def __init__(self) -> None:
		self._serial = count(int(time.time()))

	def call(self, call: Call) -> Script:
		number = {"withheld": "anonymous"}.get(call.number, call.digits or "unknown")
		ids = {phone: f"{next(self._serial)}@10.0.0.9" for phone in self.phones}

		def step(event: str, phone: str) -> bytes:
			values = {
				"remote": f"sip:{number}@10.0.0.9",
				"display_remote": call.name,
				"active_user": phone,
				"call_id": ids[phone],
				**({"line": call.line} if call.line else {}),
			}
			return _get(f"/{event}", values)

		quiet, answering = self.phones
		if call.outbound:
			end = call.ring_s + call.talk_s
			return [
				(0.0, step("outgoing", answering)),
				(call.ring_s, step("established", answering)),
				(end, step("terminated", answering)),
			]
		script = [(0.0, step("incoming", quiet)), (0.1, step("incoming", answering))]
		if call.answer_s is None:
			for phone in self.phones:
				script += [(call.end_s, step("terminated", phone)), (call.end_s + 0.1, step("missed", phone))]
		else:
			script += [
				(call.answer_s, step("established", answering)),
				(call.answer_s + 0.1, step("terminated", quiet)),
				(call.answer_s + 0.2, step("missed", quiet)),
				(call.end_s, step("terminated", answering)),
			]
		return sorted(script, key=lambda item: item[0])
