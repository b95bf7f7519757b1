"""Draws samples that anybody can repeat: from the same names, method, size and seed comes the same sample.

No random number generator is used, because its sequence may differ between Python versions. Where chance decides,
names are ranked by the SHA-256 of "seed<line feed>name", and the first ones are taken; so a sample can be checked years
later with any tool, and a larger sample with the same seed holds the smaller one. Source: S1.10.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_CEILING, Decimal, InvalidOperation

METHODS = ("All", "Every Nth", "Percentage", "Count", "Random by Person")


class SamplingError(ValueError):
	"""The method or its size makes no sense."""


def draw(
	names: Sequence[str],
	method: str,
	size: int | float,
	seed: str,
	group_of: Callable[[str], str | None] | Mapping[str, str | None] | None = None,
) -> list[str]:
	"""Return the sample, in the order of `names`.

	:param names: the population in a fixed order; a name given twice counts once.
	:param method: "All"; "Every Nth": each `size`-th name, the first one by the seed; "Percentage": `size` per cent
	        of them by chance, rounded up; "Count": `size` of them by chance; "Random by Person": `size` of each group by chance.
	:param size: whole number from 1, for "Percentage" above 0 and up to 100; "All" does not look at it.
	:param seed: text that decides the chance; keep it to repeat the draw.
	:param group_of: for "Random by Person", the person or other group of a name; names without one are a group of their own.
	:returns: all names when there are not more than asked for; nothing only when there are no names.
	:raises SamplingError: unknown method, a size out of its range, or "Random by Person" without `group_of`.
	"""
	names = list(dict.fromkeys(names))
	if method == "All":
		return names
	if method == "Every Nth":
		return every_nth(names, _whole(size), seed)
	if method == "Percentage":
		return _first_by_chance(names, _share(len(names), size), seed)
	if method == "Count":
		return _first_by_chance(names, _whole(size), seed)
	if method == "Random by Person":
		return _by_group(names, _whole(size), seed, group_of)
	raise SamplingError(f"unknown sampling method: {method!r}")


def every_nth(names: Sequence[str], step: int, seed: str) -> list[str]:
	"""Return each `step`-th name; which of the first `step` names starts is decided by the seed."""
	if not names:
		return []
	start = int.from_bytes(_rank(seed, "")) % min(step, len(names))
	return list(names[start::step])


def _by_group(names: list[str], size: int, seed: str, group_of: Callable | Mapping | None) -> list[str]:
	if group_of is None:
		raise SamplingError("Random by Person needs to know each name's person")
	find = group_of.get if isinstance(group_of, Mapping) else group_of
	groups: dict[str, list[str]] = {}
	for name in names:
		groups.setdefault(find(name) or "", []).append(name)
	taken = {name for members in groups.values() for name in _first_by_chance(members, size, seed)}
	return [name for name in names if name in taken]


def _first_by_chance(names: list[str], count: int, seed: str) -> list[str]:
	taken = set(sorted(names, key=lambda name: (_rank(seed, name), name))[:count])
	return [name for name in names if name in taken]


def _rank(seed: str, name: str) -> bytes:
	return hashlib.sha256(f"{seed}\n{name}".encode()).digest()


def _share(population: int, percentage: int | float) -> int:
	# A float product would make 10 % of 30 a little more than 3, and that rounded up 4.
	share = _decimal(percentage)
	if not 0 < share <= 100:
		raise SamplingError(f"a percentage lies above 0 and up to 100, not {percentage!r}")
	return int((population * share / 100).to_integral_value(ROUND_CEILING))


def _whole(size: int | float) -> int:
	value = _decimal(size)
	if value < 1 or value != value.to_integral_value():
		raise SamplingError(f"a whole number from 1 is needed, not {size!r}")
	return int(value)


def _decimal(size: int | float) -> Decimal:
	try:
		value = Decimal(str(size))
	except InvalidOperation:
		value = Decimal("NaN")
	if not value.is_finite():
		raise SamplingError(f"not a number: {size!r}")
	return value
