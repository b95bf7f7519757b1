"""The sound of caller ID on a telephone line, made by libspandsp, and a line that multimon-ng can listen to."""

from __future__ import annotations

import array
import ctypes

from aftersales_bridge.simulator.device import NONE, WITHHELD, Call, Script, SimulatedDevice, now
from aftersales_bridge.simulator.packet_boxes import ENCODING
from aftersales_bridge.simulator.spandsp import load

CLASS, CLIP, CLIP_DTMF = 1, 2, 5
SDMF, MDMF = 0x04, 0x80
RATE = 8000
#: what multimon-ng wants
MULTIMON_RATE = 22050
_MESSAGE_SIZE = 256


def _library() -> ctypes.CDLL:
	library = load()
	pointer, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
	for name, result, arguments in (
		("adsi_tx_init", pointer, [pointer, number]),
		("adsi_tx_free", number, [pointer]),
		("adsi_add_field", number, [pointer, pointer, number, ctypes.c_uint8, text, number]),
		("adsi_tx_put_message", number, [pointer, pointer, number]),
		("adsi_tx", number, [pointer, pointer, number]),
	):
		function = getattr(library, name)
		function.restype = result
		function.argtypes = arguments
	return library


def caller_id(kind: int, fields: list[tuple[int, bytes]], standard: int = CLASS) -> bytes:
	"""The sound of one message: 16-bit samples, 8000 a second, with silence around it.

	``kind`` is the type of message (for DTMF the start digit), ``fields`` its parameters; the only one of a single-format message has the
	type 0. Raises ConfigError when libspandsp is missing, ValueError when it refuses the message.
	"""
	library = _library()
	transmitter = library.adsi_tx_init(None, standard)
	try:
		buffer = (ctypes.c_uint8 * _MESSAGE_SIZE)()
		length = library.adsi_add_field(transmitter, buffer, -1, kind, None, 0)
		for number, value in fields:
			length = library.adsi_add_field(transmitter, buffer, length, number, value, len(value))
		if length <= 0 or library.adsi_tx_put_message(transmitter, buffer, length) < 0:
			raise ValueError("libspandsp refuses this message")
		samples = array.array("h")
		block = (ctypes.c_int16 * 800)()
		while len(samples) < 30 * RATE:
			count = library.adsi_tx(transmitter, block, len(block))
			if count <= 0:
				break
			samples.extend(block[:count])
	finally:
		library.adsi_tx_free(transmitter)
	silence = bytes(RATE)
	return silence + samples.tobytes() + silence


def resample(sound: bytes, rate: int) -> bytes:
	"""``sound`` (8000 samples a second) at another ``rate``."""
	samples = array.array("h", sound)
	count = len(samples) * rate // RATE
	out = array.array("h", bytes(2 * count))
	for index in range(count):
		whole, part = divmod(index * RATE, rate)
		first = samples[whole]
		second = samples[whole + 1] if whole + 1 < len(samples) else 0
		out[index] = first + (second - first) * part // rate
	return out.tobytes()


class SoundLine(SimulatedDevice):
	"""A telephone line with a sound card on it, which multimon-ng reads from a named pipe."""

	name = "pipe"
	title = "telephone line that multimon-ng listens to"
	wire = "fifo"

	def call(self, call: Call) -> Script:
		if call.number == NONE:
			return []
		fields = [(0x01, now("%m%d%H%M").encode())]
		if call.digits:
			fields.append((0x02, call.digits.encode("ascii", "ignore")[:30]))
			if call.name:
				fields.append((0x07, call.name.encode(ENCODING, "replace")[:50]))
		else:
			fields.append((0x04, b"P" if call.number == WITHHELD else b"O"))
		return [(0.0, resample(caller_id(MDMF, fields), MULTIMON_RATE))]
