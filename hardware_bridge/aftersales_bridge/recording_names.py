"""What the name of a recording says of its call, by the maker's rules; and how long a sound file is."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

# The web listener puts eight characters before the name of a file that came with a request.
_OWN_PREFIX = re.compile(r"^[0-9a-f]{8}-(?=.)")
_USBBOX = re.compile(r"(?P<time>\d{14})-(?P<way>[IO])-L(?P<line>\d{1,2})-EN-(?P<number>[^-]*)")
_FREEPBX = re.compile(
	r"(?P<way>[a-z]+)-(?P<dst>[^-]*)-(?P<src>[^-]*)-\d{8}-\d{6}-(?P<id>(?:[\w-]+-)?\d{9,11}\.\d+)",
	re.IGNORECASE,
)
_UCM = re.compile(r"auto-(?P<epoch>\d{9,11})-(?P<src>[^-]+)-(?P<dst>[^-]+)")


@dataclass(frozen=True)
class NameFacts:
	"""What a name tells; None or no numbers where it does not. ``started_ms`` is when the recording began, UTC."""

	started_ms: int | None = None
	direction: str | None = None
	line: str | None = None
	numbers: tuple[str, ...] = ()
	source_call_id: str | None = None


def read_name(name: str, preset: str) -> NameFacts | None:
	"""The facts in the file name ``name``; None when it does not follow the rules of ``preset``."""
	stem = _OWN_PREFIX.sub("", Path(name).stem)
	return _READERS[preset](stem)


def _usbbox(stem: str) -> NameFacts | None:
	match = _USBBOX.fullmatch(stem)
	started = _local_ms(match["time"]) if match else None
	if started is None:
		return None
	direction = "in" if match["way"] == "I" else "out"
	return NameFacts(started, direction, str(int(match["line"])), _numbers(match["number"]))


def _freepbx(stem: str) -> NameFacts | None:
	match = _FREEPBX.fullmatch(stem)
	if match is None:
		return None
	# The id begins with the second of the call's beginning, which needs no time zone as the name's date does.
	started = int(match["id"].rsplit("-", 1)[-1].partition(".")[0]) * 1000
	direction = {"in": "in", "q": "in", "rg": "in", "external": "in", "out": "out"}.get(match["way"].lower())
	return NameFacts(started, direction, None, _numbers(match["src"], match["dst"]), match["id"])


def _ucm(stem: str) -> NameFacts | None:
	match = _UCM.fullmatch(stem)
	if match is None:
		return None
	return NameFacts(int(match["epoch"]) * 1000, numbers=_numbers(match["src"], match["dst"]))


def _any(stem: str) -> NameFacts | None:
	return NameFacts()


_READERS = {"any": _any, "usbbox": _usbbox, "asterisk-freepbx": _freepbx, "ucm": _ucm}
PRESETS = tuple(_READERS)


def _local_ms(digits: str) -> int | None:
	try:
		return int(datetime.strptime(digits, "%Y%m%d%H%M%S").timestamp() * 1000)
	except (ValueError, OverflowError, OSError):
		return None


def _numbers(*texts: str) -> tuple[str, ...]:
	found = (re.sub(r"\D", "", text) for text in texts)
	return tuple(number for number in found if number)


def wav_seconds(path: Path) -> int | None:
	"""The length of a WAV file by its header, whatever its coding; None for other files. Raises OSError."""
	with path.open("rb") as source:
		head = source.read(12)
		if len(head) < 12 or head[:4] != b"RIFF" or head[8:] != b"WAVE":
			return None
		rate = 0
		for _ in range(32):
			chunk = source.read(8)
			if len(chunk) < 8:
				return None
			name, size = struct.unpack("<4sI", chunk)
			if name == b"data":
				# A program that died while recording has left the length empty.
				real = path.stat().st_size - source.tell()
				return round(min(size or real, real) / rate) if rate else None
			if name == b"fmt " and size >= 12:
				rate = int.from_bytes(source.read(12)[8:], "little")
				size -= 12
			source.seek(size + size % 2, 1)
	return None
