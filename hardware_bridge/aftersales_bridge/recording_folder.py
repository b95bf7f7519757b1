"""Sound files in a folder, told when nobody writes to them any more."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from aftersales_bridge import clock

SOUND = {".wav", ".mp3", ".ogg", ".opus", ".gsm", ".m4a", ".flac", ".wma"}
# Less is a header without sound.
EMPTY_BYTES = 64
MAX_DEPTH = 6
MAX_FILES = 20_000
# A change within the steps of the file system's clock might go unseen.
FRESH_MS = 4000


class SoundFolder:
	"""The sound files in a folder and the folders inside it; links are not followed, hidden files not seen."""

	def __init__(self, root: Path) -> None:
		self._root = root
		#: files that need not be told again
		self.known: set[Path] = set()
		self._trouble: str | None = None
		self._sizes: dict[Path, tuple[int, int, float]] = {}
		self._listed: dict[Path, tuple[int, list[Path], list[Path]]] = {}

	def rested(self, oldest_ms: int, stable_s: float) -> tuple[list[Path], str | None]:
		"""The files, changed after ``oldest_ms``, that have now been at rest for ``stable_s``; and what is wrong, if anything."""
		if not self._root.is_dir():
			return [], f"{self._root}: there is no such folder, or it may not be read"
		self._trouble = None
		found = []
		for path in self._files(self._root, MAX_DEPTH):
			if path not in self.known and self._is_at_rest(path, oldest_ms, stable_s):
				self.known.add(path)
				self._sizes.pop(path, None)
				found.append(path)
		if len(self._sizes) > MAX_FILES:
			self._sizes.clear()
		return found, self._trouble

	def _is_at_rest(self, path: Path, oldest_ms: int, stable_s: float) -> bool:
		try:
			found = path.lstat()
		except OSError:
			self._sizes.pop(path, None)
			return False
		changed = found.st_mtime_ns // 1_000_000
		if changed < oldest_ms:
			return False
		size, known_change, since = self._sizes.get(path, (-1, 0, 0.0))
		if (size, known_change) != (found.st_size, changed):
			self._sizes[path] = (found.st_size, changed, clock.mono())
			return False
		return clock.mono() - since >= stable_s and found.st_size > EMPTY_BYTES

	def _files(self, folder: Path, depth: int) -> Iterator[Path]:
		"""The sound files under ``folder``, which is read again only when it has changed."""
		try:
			changed = folder.stat().st_mtime_ns
			listed = self._listed.get(folder)
			if listed is None or listed[0] != changed or clock.wall_ms() - changed // 1_000_000 < FRESH_MS:
				listed = self._listed[folder] = (changed, *_entries(folder))
		except OSError as error:
			self._trouble = f"{folder}: {error.strerror}"
			return
		_, folders, files = listed
		yield from files
		if depth:
			for inner in folders:
				yield from self._files(inner, depth - 1)


def _entries(folder: Path) -> tuple[list[Path], list[Path]]:
	folders, files = [], []
	with os.scandir(folder) as entries:
		for entry in entries:
			if entry.name.startswith("."):
				continue
			if entry.is_dir(follow_symlinks=False):
				folders.append(Path(entry.path))
			elif os.path.splitext(entry.name)[1].lower() in SOUND and entry.is_file(follow_symlinks=False):
				files.append(Path(entry.path))
	return folders, files[:MAX_FILES]
