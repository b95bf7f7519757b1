"""What the person at the terminal sees while a build is under way: one line a step, with its seconds."""

import os
import sys
import threading
import time
from contextlib import contextmanager

_lock = threading.Lock()
# Set by the process that this one goes on from.
_began = float(os.environ.pop("DEVBENCH_BEGAN", time.monotonic()))


def say(text: str = "") -> None:
	"""Print a line at once, whole, whichever thread says it."""
	with _lock:
		print(text, flush=True)


def warn(text: str) -> None:
	"""Print a line to standard error at once."""
	with _lock:
		print(text, file=sys.stderr, flush=True)


def began() -> float:
	"""When this command began, on the clock of `time.monotonic`."""
	return _began


def elapsed() -> float:
	"""Seconds since this command began."""
	return time.monotonic() - _began


@contextmanager
def step(name: str):
	"""Show `name` when it begins and how many seconds it took when it ends."""
	start = time.monotonic()
	say(f"  … {name}")
	yield
	say(f"  ✓ {name} ({time.monotonic() - start:.1f} s)")
