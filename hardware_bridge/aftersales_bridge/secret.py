"""Secrets of devices: one line in a file that only its owner may read."""

from __future__ import annotations

import os
import stat
from pathlib import Path


class SecretError(Exception):
	"""The secret cannot be used; the message names the file and the remedy, never what it holds."""


def read_secret(path: str) -> str:
	"""The secret in the file ``path``. Raises SecretError."""
	place = Path(path)
	try:
		with place.open(encoding="utf-8") as source:
			mode = os.fstat(source.fileno()).st_mode
			text = source.read(1024).strip()
	except OSError as error:
		raise SecretError(
			f"{place}: secret file cannot be read ({error.strerror}); see secret_file"
		) from None
	except UnicodeDecodeError:
		raise SecretError(f"{place}: secret file must hold one line of text") from None
	if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
		raise SecretError(f"{place}: secret file is open to other users; run: chmod 600 {place}")
	if not text or not text.isprintable():
		raise SecretError(f"{place}: secret file must hold one line of text")
	return text
