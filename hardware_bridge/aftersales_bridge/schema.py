"""A small description of configuration keys, and the one-line messages for what does not fit it."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


class ConfigError(Exception):
	"""Something in the configuration must be changed by a person; the message names file, key and remedy."""


@dataclass(frozen=True)
class Key:
	"""One configuration key.

	``kind`` is str, int, float, bool, list (of strings) or dict (of strings by name). ``check``
	returns what is wrong with a value, or None. A key without ``default`` must be given. With ``path`` the value
	is a file or folder: relative to the configuration file's directory, with ``$NAME`` from the environment.
	"""

	kind: type
	help: str
	default: Any = ...
	check: Callable[[Any], str | None] | None = None
	path: bool = False


_NAMES = {
	str: "a text in quotes",
	int: "a whole number",
	float: "a number",
	bool: "true or false",
	list: "a list of texts",
	dict: 'a table of texts such as { "01" = "1" }',
}


def between(low: float, high: float) -> Callable[[Any], str | None]:
	"""A check that a number lies between ``low`` and ``high``, both included."""

	def check(value: float) -> str | None:
		return None if low <= value <= high else f"must be between {low:g} and {high:g}"

	check.schema = {"minimum": low, "maximum": high}
	return check


def one_of(*values: Any) -> Callable[[Any], str | None]:
	"""A check that a value is one of ``values``."""

	def check(value: Any) -> str | None:
		return None if value in values else "must be one of " + ", ".join(map(repr, values))

	check.schema = {"enum": list(values)}
	return check


def not_blank(value: str) -> str | None:
	"""A check for a text that names something."""
	if not value.strip():
		return "must not be empty"
	return "must not contain line breaks" if any(ord(c) < 32 for c in value) else None


def read_table(table: object, keys: dict[str, Key], where: str) -> dict[str, Any]:
	"""The values of ``table`` (a TOML table) by the description ``keys``, defaults filled in.

	Raises ConfigError, starting with ``where``, for a missing or unknown key or a value that does not fit.
	"""
	if not isinstance(table, dict):
		raise ConfigError(f"{where}: must be a section with keys")
	for name in table:
		if name not in keys:
			near = difflib.get_close_matches(name, keys, n=1)
			hint = f"did you mean {near[0]!r}?" if near else "known keys: " + ", ".join(sorted(keys))
			raise ConfigError(f"{where}: unknown key {name!r}; {hint}")
	return {name: _read_value(table, name, key, where) for name, key in keys.items()}


def _read_value(table: dict, name: str, key: Key, where: str) -> Any:
	if name not in table:
		if key.default is ...:
			raise ConfigError(f"{where}: key {name!r} is missing; it is {key.help}")
		return key.default
	value = table[name]
	if key.kind is float and type(value) is int:
		value = float(value)
	fits = type(value) is key.kind
	if key.kind is list and fits:
		fits = all(isinstance(item, str) for item in value)
	if key.kind is dict and fits:
		fits = all(isinstance(item, str) for item in value.values())
	if not fits:
		raise ConfigError(f"{where}: key {name!r} must be {_NAMES[key.kind]}; it is {key.help}")
	wrong = key.check(value) if key.check else None
	if wrong:
		raise ConfigError(f"{where}: key {name!r} {wrong}; it is {key.help}")
	return value
