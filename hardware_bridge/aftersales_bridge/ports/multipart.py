"""Forms with files (multipart/form-data), read piece by piece so that a recording never lies in memory."""

from __future__ import annotations

import contextlib
import os
import re
import uuid
from collections.abc import Iterator
from email.message import Message
from pathlib import Path
from typing import BinaryIO

from aftersales_bridge.adapters.lines import decode_text

CHUNK = 65_536
MAX_PARTS = 50
MAX_HEADER = 4096


class BadForm(Exception):
	"""The request cannot be read; ``status`` is the answer to it."""

	def __init__(self, reason: str, status: int = 400) -> None:
		super().__init__(reason)
		self.status = status


def safe_name(name: str) -> str:
	"""``name`` of a stranger as the name of a file in our folder; never empty, never a path."""
	base = re.split(r"[/\\]", name)[-1]
	return re.sub(r"[^\w.()+=@-]+", "_", base).strip("._")[-120:] or "recording"


class _Body:
	"""A stream of ``size`` bytes that can be read up to a mark."""

	def __init__(self, source: BinaryIO, size: int) -> None:
		self._source = source
		self._left = size
		self._buffer = b""

	def until(self, mark: bytes, most: int) -> bytes:
		"""The bytes before ``mark``, which is passed; raises BadForm when there are more than ``most``."""
		found = b""
		for piece in self.pieces(mark):
			found += piece
			if len(found) > most:
				raise BadForm("a field is too long", 413)
		return found

	def pieces(self, mark: bytes) -> Iterator[bytes]:
		"""The bytes before ``mark``, piece by piece; raises BadForm when it does not come."""
		while True:
			place = self._buffer.find(mark)
			if place >= 0:
				piece, self._buffer = self._buffer[:place], self._buffer[place + len(mark) :]
				if piece:
					yield piece
				return
			# The end of what is here may be the beginning of the mark.
			safe = max(0, len(self._buffer) - len(mark) + 1)
			if safe:
				yield self._buffer[:safe]
				self._buffer = self._buffer[safe:]
			self._fill()

	def start(self, count: int) -> bytes:
		"""The next ``count`` bytes, left where they are."""
		while len(self._buffer) < count:
			self._fill()
		return self._buffer[:count]

	def _fill(self) -> None:
		piece = self._source.read(min(CHUNK, self._left)) if self._left else b""
		if not piece:
			raise BadForm("it broke off")
		self._left -= len(piece)
		self._buffer += piece


def read_form(
	source: BinaryIO, size: int, content_type: str, folder: Path | None, most_text: int
) -> tuple[dict[str, str], list[dict]]:
	"""Read a form of ``size`` bytes; its plain fields, and its files, saved in ``folder`` under safe names, or dropped.

	Raises BadForm, and leaves no file behind then.
	"""
	boundary = _parameter(content_type, "boundary")
	if not boundary or len(boundary) > 200:
		raise BadForm("it has no boundary")
	mark = b"\r\n--" + boundary.encode("latin-1", "replace")
	body = _Body(source, size)
	fields: dict[str, str] = {}
	files: list[dict] = []
	try:
		body.until(mark[2:], MAX_HEADER)
		for _ in range(MAX_PARTS):
			if body.start(2) == b"--":
				return fields, files
			name, filename = _head(body.until(b"\r\n\r\n", MAX_HEADER))
			if filename is None:
				fields[name] = decode_text(body.until(mark, most_text))
			elif folder is None:
				for _piece in body.pieces(mark):
					continue
			else:
				files.append(_save(body, mark, folder, name, filename))
		raise BadForm("it has too many parts")
	except BaseException:
		for saved in files:
			with contextlib.suppress(OSError):
				os.unlink(saved["path"])
		raise


def _save(body: _Body, mark: bytes, folder: Path, field: str, filename: str) -> dict:
	path = folder / f"{uuid.uuid4().hex[:8]}-{safe_name(filename)}"
	unfinished = path.with_name(f".{path.name}.part")
	try:
		with unfinished.open("xb") as target:
			for piece in body.pieces(mark):
				target.write(piece)
			size = target.tell()
		unfinished.replace(path)
	except BadForm:
		unfinished.unlink()
		raise
	except OSError as error:
		with contextlib.suppress(OSError):
			unfinished.unlink()
		raise BadForm(f"its file cannot be saved ({error.strerror})", 507) from None
	return {"field": field, "filename": filename, "path": str(path), "size": size}


def _head(data: bytes) -> tuple[str, str | None]:
	"""Name and file name of a part."""
	for line in decode_text(data).split("\r\n"):
		label, _, value = line.partition(":")
		if label.strip().lower() == "content-disposition":
			return _parameter(value, "name") or "", _parameter(value, "filename")
	raise BadForm("a part has no name")


def _parameter(value: str, name: str) -> str | None:
	message = Message()
	message["Content-Type"] = value.replace("\r", " ").replace("\n", " ").strip()
	found = message.get_param(name)
	return found[2] if isinstance(found, tuple) else found
