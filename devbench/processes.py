"""Starting processes that cannot outlive us, knowing them again later, and ending them."""

import errno
import json
import os
import shutil
import signal
import subprocess
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from devbench.errors import Stop

# What a tool says when the machine is at fault, and the sentence that says what to do about it.
REASONS = (
	("No space left on device", "The disk is full: free some gigabytes and run the same command again."),
	("code ENOSPC", "The disk is full: free some gigabytes and run the same command again."),
	(
		"Temporary failure in name resolution",
		"No network: a package registry cannot be reached; check the connection or the proxy and run the same command again.",
	),
	(
		"code ENOTFOUND",
		"No network: the npm registry cannot be reached; check the connection or npm's proxy setting and run the same command again.",
	),
	(
		"code EAI_AGAIN",
		"No network: the npm registry cannot be reached; check the connection or npm's proxy setting and run the same command again.",
	),
	(
		"code ECONNREFUSED",
		"No network: the npm registry cannot be reached; check the connection or npm's proxy setting and run the same command again.",
	),
	(
		"Failed to establish a new connection",
		"No network: the Python package registry cannot be reached; check the connection or pip's proxy setting and run the same command again.",
	),
	(
		"Temporary failure resolving",
		"No network: Debian's package archive cannot be reached; check the connection or apt's proxy setting and run the same command again.",
	),
	(
		"Could not resolve host",
		"No network: a package registry cannot be reached; check the connection or the proxy and run the same command again.",
	),
	(
		"DO NOT MATCH THE HASHES",
		"A downloaded package is not the one that the lock file names, so it was refused: check the mirror that pip uses.",
	),
	(
		"code EINTEGRITY",
		"A downloaded npm package is not the one that the lock file names, so it was refused: check the mirror that npm uses.",
	),
)

# npm's last line, which never says what is wrong.
NOISE = "A complete log of this run"


def bound(command: list, ending: str = "KILL") -> list[str]:
	"""`command`, but ended by the kernel with signal `ending` when the thread of ours that starts it ends.

	We may be gone before that is arranged, so what is started looks whether its parent is still this process.
	"""
	alive = '[ "$PPID" = "$0" ] && exec "$@"'
	return ["setpriv", "--pdeathsig", ending, "--", "sh", "-c", alive, str(os.getpid()), *map(str, command)]


def explain(output: str) -> str | None:
	"""The sentence for a known cause in a failed tool's output, or None."""
	for sign, sentence in REASONS:
		if sign in output:
			return sentence
	return None


def run(
	command: list,
	doing: str,
	cwd: Path | None = None,
	env: dict | None = None,
	log: Path | None = None,
	timeout: float = 1800,
) -> str:
	"""Run a tool to its end, out of sight.

	doing: what for, as in "installing Python packages"; log: file that keeps its output; timeout: seconds.
	Returns what it printed. Raises Stop with one sentence when it fails, naming the log or the last line.
	"""
	try:
		done = subprocess.run(
			bound(command),
			cwd=cwd,
			env=env,
			stdin=subprocess.DEVNULL,
			stdout=subprocess.PIPE,
			stderr=subprocess.STDOUT,
			text=True,
			errors="replace",
			timeout=timeout,
		)
	except subprocess.TimeoutExpired:
		raise Stop(
			f"Gave up {doing} after {timeout:.0f} s: run the same command again, it goes on where it was."
		) from None
	if log:
		log.parent.mkdir(parents=True, exist_ok=True)
		with open(log, "a", encoding="utf-8") as handle:
			handle.write(f"$ {' '.join(map(str, command))}\n{done.stdout}\n")
	if done.returncode:
		lines = [line.strip() for line in done.stdout.splitlines() if line.strip() and NOISE not in line]
		cause = explain(done.stdout) or f"{lines[-1] if lines else 'it ended without a word'}"
		where = f" (see {log})" if log else ""
		raise Stop(f"Failed {doing}: {cause}{where}")
	return done.stdout


def start_time(pid: int) -> str | None:
	"""What tells this process from a later one with the same number; None if there is none (or only a zombie)."""
	try:
		stat = Path(f"/proc/{pid}/stat").read_text()
		boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
	except (FileNotFoundError, ProcessLookupError):
		return None
	fields = stat[stat.rindex(")") + 2 :].split()
	return None if fields[0] in "ZX" else f"{boot}/{fields[19]}"


@dataclass(frozen=True)
class Record:
	"""A process that we started, as noted on disk."""

	name: str
	pid: int
	began: str

	@property
	def alive(self) -> bool:
		return start_time(self.pid) == self.began

	@classmethod
	def of(cls, name: str, pid: int) -> "Record":
		return cls(name, pid, start_time(pid) or "gone")


def note(folder: Path, record: Record) -> None:
	"""Keep `record` in `folder`, so that a later command can find the process."""
	from devbench.cache import write_atomically

	write_atomically(folder / f"{record.name}.json", json.dumps(asdict(record)))


def noted(folder: Path) -> list[Record]:
	"""Every record in `folder` whose process still runs; records of others are removed."""
	found = []
	for path in sorted(folder.glob("*.json")):
		try:
			record = Record(**json.loads(path.read_text(encoding="utf-8")))
		except (ValueError, TypeError):
			record = None
		if record and record.alive:
			found.append(record)
		else:
			path.unlink(missing_ok=True)
	return found


def forget(folder: Path, name: str) -> None:
	"""Remove the record of a process."""
	(folder / f"{name}.json").unlink(missing_ok=True)


def signal_one(record: Record, number: int) -> None:
	"""Send a signal to a process that we recorded, and to its group if it leads one."""
	try:
		if not record.alive:
			return
		if os.getpgid(record.pid) == record.pid:
			os.killpg(record.pid, number)
		else:
			os.kill(record.pid, number)
	except (ProcessLookupError, PermissionError):
		pass


def signal_group(leader: int, number: int) -> None:
	"""Send a signal to the process group that a child of ours led, also when the child itself has ended."""
	try:
		os.killpg(leader, number)
	except (ProcessLookupError, PermissionError):
		pass


def end(records: list[Record], seconds: float = 10.0) -> None:
	"""End processes that we recorded: ask them, wait up to `seconds`, then force them."""
	for record in records:
		signal_one(record, signal.SIGTERM)
	limit = time.monotonic() + seconds
	while time.monotonic() < limit and any(record.alive for record in records):
		time.sleep(0.05)
	for record in records:
		signal_one(record, signal.SIGKILL)
	limit = time.monotonic() + 5
	while time.monotonic() < limit and any(record.alive for record in records):
		time.sleep(0.05)


def need_space(folder: Path, megabytes: int) -> None:
	"""Raise Stop unless the disk under `folder` has that much room."""
	while not folder.exists():
		folder = folder.parent
	free = shutil.disk_usage(folder).free // 2**20
	if free < megabytes:
		raise Stop(
			f"Not enough disk space: {megabytes} MB are needed in {folder} and {free} MB are free; make room and run the same command again."
		)


def is_full(error: OSError) -> bool:
	"""Whether an operating system error means that the disk has no room left."""
	return error.errno in (errno.ENOSPC, errno.EDQUOT)
