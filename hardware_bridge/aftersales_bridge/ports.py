"""Opening serial ports, real ones and pyserial's URL forms alike."""

from __future__ import annotations

import contextlib

import serial

# How long a read waits for the first byte; also how late a timer may fire.
READ_S = 0.5
MAX_READ = 4096


class SerialPort:
	"""An open serial port as adapters use it (adapters.base.Port).

	Raises serial.SerialException or OSError from any method once the device is gone.
	"""

	def __init__(self, url: str, baud: int) -> None:
		self._serial = serial.serial_for_url(
			url,
			baudrate=baud,
			timeout=READ_S,
			write_timeout=2.0,
			exclusive=True if "://" not in url else None,
		)

	def read(self) -> bytes:
		first = self._serial.read(1)
		if not first:
			return b""
		waiting = min(self._serial.in_waiting, MAX_READ)
		return first + self._serial.read(waiting) if waiting else first

	def write(self, data: bytes) -> None:
		self._serial.write(data)

	def wake(self) -> None:
		"""Let a waiting read return at once; may be called from another thread."""
		with contextlib.suppress(AttributeError, OSError):
			self._serial.cancel_read()

	def close(self) -> None:
		with contextlib.suppress(OSError, serial.SerialException):
			self._serial.close()
