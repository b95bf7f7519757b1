"""Which regular expressions of an administrator can be let loose on a line of text.

Python's engine goes back and tries again; a pattern such as ``(a+)+b`` can keep it busy for ever. No time limit can be set
from outside, so a pattern is accepted only if its worst case on a whole line is short.
"""

from __future__ import annotations

import re
import sys

if sys.version_info >= (3, 11):
	from re import _constants as sre
	from re import _parser as parser
else:
	import sre_constants as sre
	import sre_parse as parser

#: the longest line that patterns are tried on
MAX_LINE = 300
# The worst that is allowed takes about a tenth of a second.
MAX_STEPS = 30_000_000

# Characters that stand for all: those of ASCII one by one, and two beyond it, a letter and a mark.
_ALL = frozenset([*range(128), 0x4E2D, 0x3002])
_CATEGORIES = {
	"DIGIT": r"\d", "NOT_DIGIT": r"\D", "SPACE": r"\s", "NOT_SPACE": r"\S", "WORD": r"\w", "NOT_WORD": r"\W",
}  # fmt: skip


def check_pattern(pattern: str) -> str | None:
	"""What is wrong with ``pattern``; None when it may be used."""
	try:
		compiled = re.compile(pattern)
		steps = _steps(list(parser.parse(pattern)), compiled.flags) * MAX_LINE
	except (re.error, OverflowError, RecursionError) as error:
		return f"holds {pattern!r}, which is no regular expression ({error})"
	except _Refused as refused:
		return f"holds {pattern!r}, which {refused}"
	if steps > MAX_STEPS:
		return f"holds {pattern!r}, which may take too long; write what stands between its parts more exactly, or fewer of .*"
	return None


class _Refused(Exception):
	pass


def _steps(items: list, flags: int) -> int:
	"""In how many ways ``items``, one after the other, can be tried at one place of a line at most."""
	total = 1
	for index, (op, value) in enumerate(items):
		if op in (sre.MAX_REPEAT, sre.MIN_REPEAT):
			low, high, inner = value
			inner = list(inner)
			if high > 1 and any(_varies(item) for item in inner):
				raise _Refused(
					"repeats something that itself repeats or has a choice; write it without that group"
				)
			ways = min(int(high), MAX_LINE) - low + 1
			if ways > 1 and _first(inner, flags)[0] & _first(items[index + 1 :], flags)[0]:
				total *= ways
			total *= _steps(inner, flags) if high == 1 else 1
		elif op is sre.SUBPATTERN:
			# A group counts as if its parts stood in the line themselves.
			return total * _steps([*value[-1], *items[index + 1 :]], flags)
		elif op is sre.BRANCH:
			total *= sum(_steps([*branch, *items[index + 1 :]], flags) for branch in value[1])
			return total
		elif op in (sre.ASSERT, sre.ASSERT_NOT, sre.GROUPREF, sre.GROUPREF_EXISTS):
			raise _Refused("looks ahead, back, or at an earlier group; only plain patterns are allowed")
		if total > MAX_STEPS:
			return total
	return total


def _varies(item: tuple) -> bool:
	op, value = item
	if op is sre.SUBPATTERN:
		return any(_varies(inner) for inner in value[-1])
	if op in (sre.MAX_REPEAT, sre.MIN_REPEAT):
		return value[0] != value[1] or any(_varies(inner) for inner in value[2])
	return op not in (sre.LITERAL, sre.NOT_LITERAL, sre.IN, sre.ANY)


def _first(items: list, flags: int) -> tuple[frozenset, bool]:
	"""The characters with which ``items`` can begin, and whether they can be nothing at all."""
	found: frozenset = frozenset()
	for op, value in items:
		chars, empty = _begin(op, value, flags)
		found |= chars
		if not empty:
			return found, False
	# At its end a pattern can be given back to try other ways only where something follows.
	return found, True


def _begin(op: object, value: object, flags: int) -> tuple[frozenset, bool]:
	if op in (sre.MAX_REPEAT, sre.MIN_REPEAT):
		chars, empty = _first(list(value[2]), flags)
		return chars, empty or value[0] == 0
	if op is sre.SUBPATTERN:
		return _first(list(value[-1]), flags)
	if op is sre.BRANCH:
		parts = [_first(list(branch), flags) for branch in value[1]]
		return frozenset().union(*(chars for chars, _ in parts)), any(empty for _, empty in parts)
	if op is sre.AT:
		return frozenset(), True
	if op in (sre.LITERAL, sre.NOT_LITERAL, sre.ANY, sre.IN):
		return _class(op, value, flags), False
	# Something newer: take it for everything.
	return _ALL, True


def _class(op: object, value: object, flags: int) -> frozenset:
	if op is sre.ANY:
		return _ALL
	if op is sre.IN:
		parts = [part for part in value if part[0] is not sre.NEGATE]
		chars = frozenset().union(*(_class(*part, flags) for part in parts))
		return _ALL - chars if value[0][0] is sre.NEGATE else chars
	if op is sre.RANGE:
		low, high = value
		return frozenset(c for c in _ALL if low <= c <= high or _swapped(c, flags) in range(low, high + 1))
	if op is sre.CATEGORY:
		name = str(value).rsplit("CATEGORY_", 1)[-1].replace("UNI_", "")
		pattern = re.compile(_CATEGORIES[name]) if name in _CATEGORIES else None
		return frozenset(c for c in _ALL if pattern is None or pattern.match(chr(c)))
	same = frozenset(c for c in _ALL if value in (c, _swapped(c, flags)))
	if op is sre.NOT_LITERAL:
		return _ALL - same
	# A character beyond ASCII is taken for all such.
	return same or frozenset(c for c in _ALL if c > 127)


def _swapped(character: int, flags: int) -> int:
	return ord(chr(character).swapcase()) if flags & re.IGNORECASE and character < 128 else character
