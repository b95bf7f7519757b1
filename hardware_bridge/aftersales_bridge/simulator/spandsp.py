"""A Hayes modem that is nobody's imitation: the AT engine of libspandsp, through ctypes."""

from __future__ import annotations

import ctypes
import ctypes.util
import time
from collections.abc import Callable

from aftersales_bridge.schema import ConfigError

_RING, _HANGUP = 1, 7
_DIAL = 0

_TRANSMIT = ctypes.CFUNCTYPE(
	ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.POINTER(ctypes.c_uint8), ctypes.c_size_t
)
# The last argument is a text for some operations and a plain integer for others, so it must not be a char pointer.
_CONTROL = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)


def load() -> ctypes.CDLL:
	"""libspandsp; raises ConfigError when it is not installed."""
	try:
		return ctypes.CDLL(ctypes.util.find_library("spandsp") or "libspandsp.so.2")
	except OSError:
		raise ConfigError(
			"the simulator needs libspandsp; install it with: apt-get install libspandsp2"
		) from None


def _library() -> ctypes.CDLL:
	library = load()
	pointer, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
	for name, result, arguments in (
		("at_init", pointer, [pointer, _TRANSMIT, pointer, _CONTROL, pointer]),
		("at_free", number, [pointer]),
		("at_interpreter", None, [pointer, text, number]),
		("at_reset_call_info", None, [pointer]),
		("at_set_call_info", None, [pointer, text, text]),
		("at_call_event", None, [pointer, number]),
	):
		function = getattr(library, name)
		function.restype = result
		function.argtypes = arguments
	return library


class Modem:
	"""A modem on a telephone line. For one thread.

	``transmit`` gets the bytes that it sends to the computer, piece by piece as the engine makes them.
	"""

	def __init__(self, transmit: Callable[[bytes], None]) -> None:
		self._library = _library()
		self._transmit = transmit
		# ctypes keeps no reference of its own: without these the engine would call freed memory.
		self._callbacks = (_TRANSMIT(self._on_transmit), _CONTROL(self._on_control))
		self._engine = self._library.at_init(None, self._callbacks[0], None, self._callbacks[1], None)
		self._command = b""
		self.caller_id_on = False
		#: the number dialled last
		self.dialled: str | None = None

	def receive(self, data: bytes) -> None:
		"""Bytes from the computer."""
		self._command = (self._command + data.upper())[-200:]
		if b"+VCID=1\r" in self._command or b"#CID=1\r" in self._command:
			self.caller_id_on = True
			self._command = b""
		self._library.at_interpreter(self._engine, data, len(data))

	def call(self, number: str | None, name: str | None) -> None:
		"""A call is coming: what its caller ID says. ``ring`` makes it audible."""
		self._library.at_reset_call_info(self._engine)
		fields = {"NMBR": number, "NAME": name}
		if number is not None:
			now = time.localtime()
			fields = {"DATE": time.strftime("%m%d", now), "TIME": time.strftime("%H%M", now), **fields}
		for label, value in fields.items():
			if value:
				self._library.at_set_call_info(self._engine, label.encode(), value.encode())

	def ring(self) -> None:
		"""The bell rings once; before the first ring the engine shows the caller ID."""
		self._library.at_call_event(self._engine, _RING)

	def hang_up(self) -> None:
		"""The caller has gone."""
		self._library.at_call_event(self._engine, _HANGUP)

	def close(self) -> None:
		"""Free the engine."""
		if self._engine is not None:
			self._library.at_free(self._engine)
			self._engine = None

	def _on_transmit(self, _engine: int, _user: int, data: ctypes._Pointer, size: int) -> int:
		self._transmit(bytes(data[:size]))
		return 0

	def _on_control(self, _engine: int, _user: int, operation: int, number: int | None) -> int:
		if operation == _DIAL and number:
			self.dialled = ctypes.string_at(number).decode("ascii", "replace").rstrip(";")
			# The engine leaves this answer to the telephone line, which it does not have.
			self._transmit(b"\r\nOK\r\n")
		return 0
