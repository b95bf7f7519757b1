"""Simulated devices that pass on the exchange's own caller-ID messages: modems in hexadecimal mode, FSK and DTMF boxes."""

from __future__ import annotations

from aftersales_bridge.simulator.device import NONE, WITHHELD, Call, Script, SimulatedDevice, now
from aftersales_bridge.simulator.modem_replies import ModemReplies

SEIZURE = b"\x55" * 38
#: Chinese exchanges write names in GBK
ENCODING = "gb18030"


def message(call: Call) -> bytes:
	"""The MDMF message of ``call``; empty for none."""
	if call.number == NONE:
		return b""
	parameters = [(0x01, now("%m%d%H%M").encode())]
	if call.digits:
		parameters.append((0x02, call.digits.encode("ascii", "ignore")[:30]))
		if call.name:
			parameters.append((0x07, call.name.encode(ENCODING, "replace")[:50]))
	else:
		parameters.append((0x04, b"P" if call.number == WITHHELD else b"O"))
	body = b"".join(bytes([kind, len(value)]) + value for kind, value in parameters)
	head = bytes([0x80, len(body)]) + body
	return head + bytes([-sum(head) & 0xFF])


class HexModem(ModemReplies, SimulatedDevice):
	"""A modem with AT+VCID=2."""

	name = "hayes-raw"
	title = "voice modem that shows the message in hexadecimal digits"

	def call(self, call: Call) -> Script:
		script = [(at, b"\r\nRING\r\n") for at in call.ring_times()]
		shown = message(call)
		if shown:
			script.append((min(2.0, call.cadence / 2), b"\r\n" + shown.hex().upper().encode() + b"\r\n"))
		return sorted(script, key=lambda piece: piece[0])


class GsmTerminal(ModemReplies, SimulatedDevice):
	"""A terminal with AT+CLIP=1."""

	name = "gsm"
	title = "GSM or LTE terminal"

	def call(self, call: Call) -> Script:
		kind = 145 if call.number.startswith("+") else 129 if call.digits else 128
		validity = 0 if call.digits else 1 if call.number == WITHHELD else 2
		name = call.name.replace('"', "")
		clip = f'\r\nRING\r\n\r\n+CLIP: "{call.digits}",{kind},,,"{name}",{validity}\r\n'.encode()
		return [*((at, clip) for at in call.ring_times()), (call.ring_s, b"\r\nNO CARRIER\r\n")]


class FskBox(SimulatedDevice):
	"""An HT9032 behind a serial converter: it hears the message and nothing else."""

	name = "fsk"
	title = "box that passes on the raw FSK bytes"

	def call(self, call: Call) -> Script:
		shown = message(call)
		return [(0.0, SEIZURE + shown)] if shown else []


class DtmfBox(SimulatedDevice):
	"""A box that prints the DTMF digits it hears, 0.1 s apart."""

	name = "dtmf"
	title = "box that passes on DTMF digits"

	def call(self, call: Call) -> Script:
		return [(0.1 * at, digit.encode()) for at, digit in enumerate(dtmf(call))]


def dtmf(call: Call) -> str:
	"""The DTMF string of ``call``; empty for none."""
	if call.number == NONE:
		return ""
	digits = "".join(c for c in call.digits if c.isascii() and c.isdigit())
	return f"D{digits}C" if digits else "B10C" if call.number == WITHHELD else "B00C"
