"""The configuration file's JSON Schema, made from the same descriptions that the bridge checks it by.

For editors that know TOML (Even Better TOML, taplo); what it cannot say, ``aftersales-bridge check`` does.
"""

from __future__ import annotations

from typing import Any

from aftersales_bridge.adapters import ADAPTERS
from aftersales_bridge.adapters.base import Adapter
from aftersales_bridge.config import DEVICE, SECTIONS, device_keys
from aftersales_bridge.ports import KINDS
from aftersales_bridge.recordings import KEYS as RECORDINGS
from aftersales_bridge.schema import Key

_TYPES: dict[type, dict[str, Any]] = {
	str: {"type": "string"},
	int: {"type": "integer"},
	float: {"type": "number"},
	bool: {"type": "boolean"},
	list: {"type": "array", "items": {"type": "string"}},
	dict: {"type": "object", "additionalProperties": {"type": "string"}},
}


def schema() -> dict[str, Any]:
	"""The schema (draft 7, which the editors' tools know)."""
	return {
		"$schema": "http://json-schema.org/draft-07/schema#",
		"title": "Configuration of aftersales-bridge",
		"type": "object",
		"additionalProperties": False,
		"required": ["bridge", "site", "device"],
		"properties": {
			**{name: _table(keys) for name, keys in SECTIONS.items()},
			"device": {"type": "array", "minItems": 1, "items": _device()},
			"recordings": {"type": "array", "items": _table(RECORDINGS)},
		},
	}


def _device() -> dict[str, Any]:
	"""Which keys a device has follows from its adapter; of its port's keys all that the adapter may use are there."""
	return {
		"type": "object",
		"required": ["id", "adapter"],
		"properties": {"adapter": _value(DEVICE["adapter"])},
		"allOf": [
			{"if": {"properties": {"adapter": {"const": name}}}, "then": _table(_all_keys(adapter))}
			for name, adapter in sorted(ADAPTERS.items())
		],
	}


def _all_keys(adapter: type[Adapter]) -> dict[str, Key]:
	keys: dict[str, Key] = {}
	for kind in adapter.ports:
		keys.update(device_keys(adapter, KINDS[kind]))
	return keys


def _table(keys: dict[str, Key]) -> dict[str, Any]:
	return {
		"type": "object",
		"additionalProperties": False,
		"required": sorted(name for name, key in keys.items() if key.default is ...),
		"properties": {name: _value(key) for name, key in sorted(keys.items())},
	}


def _value(key: Key) -> dict[str, Any]:
	found = {**_TYPES[key.kind], "description": key.help, **getattr(key.check, "schema", {})}
	if key.default is not ...:
		found["default"] = key.default
	return found
