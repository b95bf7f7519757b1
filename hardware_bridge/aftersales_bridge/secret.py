"""Secrets of devices: one line in a file that only its owner may read."""

from __future__ import annotations

import os
import stat
from pathlib import Path


class SecretError(Exception):
	"""The secret cannot be used; the message names the file and the remedy, never what it holds."""


def read_secret(path: str) -> str:
	"""The secret in the file ``path``. Raises SecretError."""
	text = read_private(Path(path), "secret file", "see secret_file")
	if not text or not text.isprintable():
		raise SecretError(f"{path}: secret file must hold one line of text")
	return text


def read_private(path: Path, what: str, hint: str) -> str:
	"""The beginning of a text file that only its owner may read, without blanks around; "" if it is no text.

	``what`` names the kind of file and ``hint`` where its name is set. Raises SecretError.
	"""
	try:
		with path.open("rb") as source:
			mode = os.fstat(source.fileno()).st_mode
			content = source.read(1024)
	except OSError as error:
		raise SecretError(f"{path}: {what} cannot be read ({error.strerror}); {hint}") from None
	if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
		raise SecretError(f"{path}: {what} is open to other users; run: chmod 600 {path}")
	try:
		return content.decode("utf-8").strip()
	except UnicodeDecodeError:
		return ""
