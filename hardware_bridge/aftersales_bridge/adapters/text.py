"""Any device that prints lines: regular expressions in the configuration say what they mean."""

from __future__ import annotations

import re

from aftersales_bridge.adapters.line_adapter import LineAdapter
from aftersales_bridge.adapters.lines import decode_text
from aftersales_bridge.adapters.safe_pattern import MAX_LINE, check_pattern
from aftersales_bridge.calls import read_number
from aftersales_bridge.events import Signal
from aftersales_bridge.known_calls import Facts, KnownCalls
from aftersales_bridge.schema import Key, between, one_of

#: the groups a pattern may name
GROUPS = {"line", "call", "number", "name", "extension", "did", "date", "time", "rings", "duration"}
MAX_PATTERNS = 40


def check_patterns(patterns: list[str]) -> str | None:
	"""A check for lists of patterns: their syntax, their groups, and that none can keep the computer busy."""
	if len(patterns) > MAX_PATTERNS:
		return f"must not hold more than {MAX_PATTERNS} patterns"
	for pattern in patterns:
		wrong = check_pattern(pattern)
		if wrong:
			return wrong
		strange = set(re.compile(pattern).groupindex) - GROUPS
		if strange:
			return f"names the group {min(strange)!r}; known are {', '.join(sorted(GROUPS))}"
	return None


def _patterns(help: str) -> Key:
	return Key(list, f"patterns of lines that say {help}", [], check_patterns)


class TextAdapter(LineAdapter):
	"""Finds calls in lines by patterns with named groups; a pattern must match from the start of the line."""

	name = "text"
	title = "anything that prints lines, by patterns of your own"
	longest_line = MAX_LINE
	port_defaults = {"baud": 9600}
	multi_line = True
	options = {
		"ringing": _patterns("that a call comes in, or more about it"),
		"dialled": _patterns("that somebody dials out"),
		"answered": _patterns("that a call was answered"),
		"ended": _patterns("that a call is over; group duration (seconds, or h:mm:ss) if it was answered"),
		"missed": _patterns("that a call is over and nobody answered"),
		"ignore": _patterns("nothing of interest"),
		"encoding": Key(
			str, "how characters are written; auto tries UTF-8 and GB 18030", "auto",
			one_of("auto", "utf-8", "gb18030", "big5", "shift_jis", "latin-1"),
		),
		"ring_limit_s": Key(
			float, "how long a call rings when nothing more is heard of it", 60.0, between(5, 600)
		),
		"talk_limit_h": Key(float, "how long a call may last of which no end is heard", 4.0, between(0.1, 48)),
	}  # fmt: skip

	KINDS = ("ignore", "missed", "ended", "answered", "dialled", "ringing")

	def __init__(self, source_id: str, line: str, options: dict) -> None:
		super().__init__(source_id, line, options)
		self._encoding: str = options["encoding"]
		self._patterns = [(kind, re.compile(pattern)) for kind in self.KINDS for pattern in options[kind]]
		self.calls = KnownCalls(
			reuse=True, ring_limit=options["ring_limit_s"], talk_limit=options["talk_limit_h"] * 3600
		)

	def _text(self, line: bytes) -> str:
		return decode_text(line) if self._encoding == "auto" else line.decode(self._encoding, "replace")

	def _line(self, text: str, now: float) -> list[Signal]:
		for kind, pattern in self._patterns:
			match = pattern.match(text)
			if match:
				groups = {name: (value or "").strip() for name, value in match.groupdict().items()}
				return [] if kind == "ignore" else self._event(kind, groups, text, now)
		self.bad.add("unknown lines", text)
		return []

	def _event(self, kind: str, groups: dict[str, str], text: str, now: float) -> list[Signal]:
		line = self.lines.get(groups.get("line") or "1")
		if line is None:
			self.bad.add("unknown lines", text)
			return []
		key = f"{line}/{groups['call']}"[:140] if groups.get("call") else line
		if groups.get("number") and read_number(groups["number"]) is None:
			self.bad.add("unreadable numbers", text)
		facts = Facts(
			line=line,
			direction={"dialled": "out", "ringing": "in", "missed": "in"}.get(kind),
			number=groups.get("number"),
			name=groups.get("name"),
			extension=groups.get("extension") or None,
			did=groups.get("did") or None,
			ring_count=_count(groups.get("rings")),
			device_time=f"{groups.get('date', '')} {groups.get('time', '')}".strip(),
		)
		if kind in ("ringing", "dialled"):
			return self._rings(key, facts, text, now)
		if kind == "answered":
			return self.calls.answered(key, now, facts, [text])
		seconds = read_seconds(groups.get("duration", "")) if kind == "ended" else None
		certain = kind == "missed" or seconds is not None
		return self.calls.ended(key, now, facts, duration_s=seconds, certain=certain, raw=[text])

	def _rings(self, key: str, facts: Facts, text: str, now: float) -> list[Signal]:
		ended: list[Signal] = []
		if "/" not in key and self.calls.is_answered(key):
			# The line speaks of a new call, so the former is over.
			ended = self.calls.ended(key, now, cause="next_call")
		return [*self.calls.ringing_now(key, now, facts, [text]), *ended]


def read_seconds(text: str) -> int | None:
	"""Seconds of ``126``, ``2:06`` or ``0:02:06``; None for anything else."""
	parts = text.split(":")
	if len(parts) > 3 or not all(part.isascii() and part.isdigit() and len(part) <= 6 for part in parts):
		return None
	total = 0
	for part in parts:
		total = total * 60 + int(part)
	return min(total, 2_000_000)


def _count(text: str | None) -> int | None:
	return int(text) if text and text.isascii() and text.isdigit() and len(text) < 4 else None
