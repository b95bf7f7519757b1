"""Folders that are built once, survive an interruption at any moment, and are shared by every clone on the machine."""

import fcntl
import json
import os
import shutil
from contextlib import contextmanager
from pathlib import Path

from devbench.progress import say


@contextmanager
def locked(path: Path, what: str):
	"""Hold an exclusive lock on `path` (made if missing). The kernel frees it when the process ends, however."""
	path.parent.mkdir(parents=True, exist_ok=True)
	with open(path, "w") as handle:
		try:
			fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
		except BlockingIOError:
			say(f"  … another process is at work on {what}; waiting for it")
			fcntl.flock(handle, fcntl.LOCK_EX)
		yield


def write_atomically(path: Path, text: str, mode: int = 0o644) -> None:
	"""Write a file so that a reader, or the next start after a crash, sees all of it or nothing."""
	path.parent.mkdir(parents=True, exist_ok=True)
	part = path.with_name(f".{path.name}.{os.getpid()}.part")
	descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
	with open(descriptor, "w", encoding="utf-8") as handle:
		handle.write(text)
		handle.flush()
		os.fsync(handle.fileno())
	os.replace(part, path)


class Entry:
	"""A folder made in named steps. A step without its stamp is begun again, whatever it left behind."""

	def __init__(self, path: Path):
		self.path = path

	def has(self, name: str) -> bool:
		"""Whether the step has been finished."""
		return (self.path / f".{name}.done").is_file()

	def make(self, name: str, build, fresh: bool = False, note: dict | None = None) -> Path:
		"""Run `build(path)` unless the step is done already.

		name: the step; fresh: the folder is emptied before (a first step); note: kept in the stamp for whoever looks.
		Returns the folder. Whatever `build` raises is passed on, and the step counts as not done.
		"""
		if self.has(name):
			return self.path
		with locked(self.path.with_name(f"{self.path.name}.lock"), self.path.name):
			if not self.has(name):
				if fresh:
					remove(self.path)
				self.path.mkdir(parents=True, exist_ok=True)
				build(self.path)
				write_atomically(self.path / f".{name}.done", json.dumps(note or {}))
		return self.path


def remove(path: Path) -> None:
	"""Remove a folder, file or link, if it is there, and all of it."""
	if path.is_symlink() or path.is_file():
		path.unlink()
	elif path.exists():
		shutil.rmtree(path)


def link(path: Path, target: Path) -> None:
	"""Make `path` a symbolic link to `target`, replacing what was there."""
	if path.is_symlink() and os.readlink(path) == str(target):
		return
	remove(path)
	path.parent.mkdir(parents=True, exist_ok=True)
	path.symlink_to(target)


def copy_tree(source: Path, target: Path) -> None:
	"""Copy a folder so that `target` exists only when it is complete. Shares blocks where the file system can."""
	from devbench.processes import run

	part = target.with_name(f"{target.name}.part")
	remove(part)
	part.parent.mkdir(parents=True, exist_ok=True)
	run(["cp", "-a", "--reflink=auto", str(source), str(part)], "copying files")
	remove(target)
	os.replace(part, target)
