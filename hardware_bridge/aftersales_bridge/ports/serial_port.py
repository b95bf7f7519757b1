"""Serial ports, real ones and pyserial's URL forms alike."""

from __future__ import annotations

import contextlib

import serial

from aftersales_bridge.ports.common import MAX_READ, READ_S, PortKind
from aftersales_bridge.schema import Key, between, not_blank, one_of

#: pyserial's own schemes
SCHEMES = ("rfc2217", "socket", "loop", "hwgrep", "spy")

_PARITY = {
	"none": serial.PARITY_NONE,
	"even": serial.PARITY_EVEN,
	"odd": serial.PARITY_ODD,
	"mark": serial.PARITY_MARK,
	"space": serial.PARITY_SPACE,
}

KEYS = {
	"baud": Key(int, "the serial speed; USB modems ignore it", 115200, between(50, 4_000_000)),
	"bytesize": Key(int, "data bits", 8, one_of(5, 6, 7, 8)),
	"parity": Key(str, "the parity bit", "none", one_of(*_PARITY)),
	"stopbits": Key(float, "stop bits", 1.0, one_of(1.0, 1.5, 2.0)),
	"flow": Key(str, "flow control", "none", one_of("none", "rtscts", "xonxoff", "dsrdtr")),
	"dtr": Key(bool, "whether DTR is raised", True),
	"rts": Key(bool, "whether RTS is raised", True),
	"exclusive": Key(bool, "whether other programs are kept from the port", True),
}


class SerialPort:
	"""An open serial port as adapters use it (adapters.base.Port).

	Raises serial.SerialException or OSError from any method once the device is gone.
	"""

	def __init__(self, url: str, options: dict) -> None:
		self._serial = serial.serial_for_url(
			url,
			do_not_open=True,
			baudrate=options["baud"],
			bytesize=options["bytesize"],
			parity=_PARITY[options["parity"]],
			stopbits=options["stopbits"],
			rtscts=options["flow"] == "rtscts",
			xonxoff=options["flow"] == "xonxoff",
			dsrdtr=options["flow"] == "dsrdtr",
			timeout=READ_S,
			write_timeout=2.0,
			exclusive=True if options["exclusive"] and "://" not in url else None,
		)
		self._serial.dtr = options["dtr"]
		self._serial.rts = options["rts"]
		self._serial.open()

	def read(self) -> bytes:
		first = self._serial.read(1)
		if not first:
			return b""
		waiting = min(self._serial.in_waiting, MAX_READ)
		return first + self._serial.read(waiting) if waiting else first

	def write(self, data: bytes) -> None:
		self._serial.write(data)

	def wake(self) -> None:
		with contextlib.suppress(AttributeError, OSError):
			self._serial.cancel_read()

	def close(self) -> None:
		with contextlib.suppress(OSError, serial.SerialException):
			self._serial.close()


KIND = PortKind("serial", "/dev/serial/by-id/usb-…", SerialPort, not_blank, KEYS)
