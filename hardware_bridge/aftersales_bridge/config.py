"""The configuration file: one TOML document, read once, checked completely before anything runs."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aftersales_bridge.adapters import ADAPTERS
from aftersales_bridge.adapters.base import Adapter
from aftersales_bridge.ports import KINDS, kind_of
from aftersales_bridge.ports.common import PortKind
from aftersales_bridge.recordings import KEYS as RECORDINGS
from aftersales_bridge.schema import ConfigError, Key, between, not_blank, one_of, read_table
from aftersales_bridge.secret import SecretError, read_private

if sys.version_info >= (3, 11):
	import tomllib
else:
	import tomli as tomllib

DEFAULT_PATH = "/etc/aftersales-bridge/bridge.toml"


def _check_url(url: str) -> str | None:
	parts = urlsplit(url)
	if parts.scheme not in ("http", "https") or not parts.hostname:
		return "must look like https://service.example.com"
	if parts.username or parts.query or parts.fragment:
		return "must hold no user name, question mark or fragment; the token goes into token_file"
	return None


def _check_bridge_id(name: str) -> str | None:
	if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", name):
		return None
	return "must consist of letters, digits, dots, hyphens and underscores, at most 64"


def _check_line(line: str) -> str | None:
	return not_blank(line) or (None if len(line) <= 32 else "must not be longer than 32 characters")


def _check_prefix(prefix: str) -> str | None:
	return None if len(prefix) <= 24 and prefix.isprintable() else "must be at most 24 printable characters"


def _check_lines(lines: dict[str, str]) -> str | None:
	for word, line in lines.items():
		wrong = _check_line(line)
		if wrong:
			return f"has for {word!r} a line that {wrong}"
	double = [line for line in lines.values() if list(lines.values()).count(line) > 1]
	return f"has the line {double[0]!r} twice" if double else None


def _check_listen(address: str) -> str | None:
	host, _, number = address.rpartition(":")
	if not address or (
		host in ("127.0.0.1", "[::1]", "localhost") and number.isdigit() and 0 < int(number) < 65536
	):
		return None
	return "must be a loopback address such as 127.0.0.1:9110, since anybody who reaches it may read"


BRIDGE = {
	"id": Key(str, "the name of this bridge's Caller ID Bridge record on the site", check=_check_bridge_id),
	"data_dir": Key(str, "the directory of the queue", "/var/lib/aftersales-bridge", not_blank),
	"log_level": Key(str, "how much is logged", "info", one_of("debug", "info", "warning", "error")),
	"show_numbers": Key(bool, "whether logs show telephone numbers in full", False),
}
SITE = {
	"url": Key(str, "the site's address", check=_check_url),
	"token_file": Key(str, "the file that holds API key and secret", check=not_blank),
	"timeout_s": Key(float, "how long an answer may take", 20.0, between(1, 300)),
	"ca_file": Key(str, "a PEM file with the site's own certificate authority", ""),
	"dial_poll_s": Key(
		float, "how often the site is asked for numbers to dial, if a device can dial", 1.0, between(0.2, 60)
	),
}
QUEUE = {
	"keep_sent_days": Key(int, "how long delivered events are kept", 7, between(0, 3650)),
	"keep_dead_days": Key(int, "how long undeliverable events are kept", 90, between(1, 3650)),
}
METRICS = {
	"listen": Key(str, "the loopback address for Prometheus, empty for none", "", _check_listen),
}
DEVICE = {
	"id": Key(str, "the device's own name, unique in this file", check=not_blank),
	"adapter": Key(str, "the kind of device", check=one_of(*ADAPTERS)),
	"port": Key(str, "where the device is", check=not_blank),
	"line": Key(str, "the Line of the Device in the Phone Line record on the site", check=_check_line),
}
LINES = {
	"line": Key(str, "what goes before the device's own words for its lines", "", _check_prefix),
	"lines": Key(
		dict, "the Source Lines on the site, by the device's own words for its lines", {}, _check_lines
	),
}


#: the sections that stand alone, by name
SECTIONS = {"bridge": BRIDGE, "site": SITE, "queue": QUEUE, "metrics": METRICS}


@dataclass(frozen=True)
class Device:
	"""A [[device]] section.

	``options`` are the adapter's own keys, with ``lines`` where it has several; ``port_options`` those of its port.
	"""

	id: str
	adapter: str
	port: str
	line: str
	options: dict[str, Any]
	port_options: dict[str, Any]


@dataclass(frozen=True)
class Config:
	"""The whole file; paths are absolute."""

	path: Path
	bridge_id: str
	data_dir: Path
	log_level: str
	show_numbers: bool
	site_url: str
	token_file: Path
	timeout_s: float
	ca_file: Path | None
	keep_sent_days: int
	keep_dead_days: int
	dial_poll_s: float
	metrics_listen: str
	devices: tuple[Device, ...]
	recordings: tuple[dict[str, Any], ...] = ()

	@property
	def queue_file(self) -> Path:
		return self.data_dir / "queue.sqlite3"


class Token:
	"""The API key and secret; its text form tells nothing, so that it cannot slip into a log."""

	def __init__(self, key_and_secret: str) -> None:
		self._value = key_and_secret

	def __repr__(self) -> str:
		return "<token>"

	def header(self) -> str:
		"""The value of the Authorization header."""
		return f"token {self._value}"


def load(path: str | os.PathLike) -> Config:
	"""Read and check the configuration file.

	Relative paths in it start at its own directory; ``$NAME`` is taken from the environment. Raises ConfigError
	with one line that names file, key and remedy.
	"""
	path = Path(path)
	document = _parse(path)
	tables = SECTIONS
	for name in document:
		if name not in (*tables, "device", "recordings"):
			raise ConfigError(
				f"{path}: unknown section [{name}]; known are [bridge], [site], [queue], [metrics], [[device]], [[recordings]]"
			)
	values = {
		name: read_table(document.get(name, {}), keys, f"{path}: [{name}]") for name, keys in tables.items()
	}
	bridge, site, queue = values["bridge"], values["site"], values["queue"]
	ca_file = _path(path, site["ca_file"]) if site["ca_file"] else None
	if ca_file is not None and not ca_file.is_file():
		raise ConfigError(
			f"{path}: [site]: key 'ca_file': there is no file {ca_file}; leave the key out for public sites"
		)
	return Config(
		path=path,
		bridge_id=bridge["id"],
		data_dir=_path(path, bridge["data_dir"]),
		log_level=bridge["log_level"],
		show_numbers=bridge["show_numbers"],
		site_url=site["url"].rstrip("/"),
		token_file=_path(path, site["token_file"]),
		timeout_s=site["timeout_s"],
		ca_file=ca_file,
		keep_sent_days=queue["keep_sent_days"],
		keep_dead_days=queue["keep_dead_days"],
		dial_poll_s=site["dial_poll_s"],
		metrics_listen=values["metrics"]["listen"],
		devices=(devices := _devices(document.get("device", []), path)),
		recordings=_recordings(document.get("recordings", []), devices, path),
	)


def _parse(path: Path) -> dict:
	try:
		with path.open("rb") as source:
			return tomllib.load(source)
	except OSError as error:
		raise ConfigError(
			f"{path}: cannot be read ({error.strerror}); give the right file with --config"
		) from None
	except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
		raise ConfigError(f"{path}: is not valid TOML: {error}") from None


def _path(config: Path, value: str) -> Path:
	return Path(os.path.abspath(config.parent / Path(os.path.expandvars(value)).expanduser()))


def device_keys(adapter: type[Adapter], kind: PortKind) -> dict[str, Key]:
	"""All keys that a [[device]] section with this adapter and this kind of port may have."""
	keys = {**DEVICE, **(LINES if adapter.multi_line else {})}
	if adapter.default_port is not None:
		keys["port"] = replace(DEVICE["port"], default=adapter.default_port)
	return {**keys, **_port_keys(adapter, kind), **adapter.options}


def _port_keys(adapter: type[Adapter], kind: PortKind) -> dict[str, Key]:
	return {
		name: replace(key, default=adapter.port_defaults.get(name, key.default))
		for name, key in kind.keys.items()
	}


def _devices(tables: object, path: Path) -> tuple[Device, ...]:
	if not isinstance(tables, list) or not tables:
		raise ConfigError(f"{path}: no [[device]] section; add one for each modem or box")
	devices = tuple(_device(table, f"{path}: [[device]] {n}", path) for n, table in enumerate(tables, 1))
	_check_unique(devices, path)
	return devices


def _device(table: object, where: str, path: Path) -> Device:
	if not isinstance(table, dict):
		raise ConfigError(f"{where}: must be a section with keys")
	# Adapter and port decide which further keys there are, so they are read before the others.
	adapter = ADAPTERS[_only(table, "adapter", DEVICE["adapter"], where)]
	port_key = replace(DEVICE["port"], default=adapter.default_port or ...)
	port = os.path.expandvars(_only(table, "port", port_key, where))
	kind = kind_of(port)
	if kind is None or kind.name not in adapter.ports:
		forms = ", ".join(KINDS[name].example for name in adapter.ports)
		raise ConfigError(f"{where}: key 'port' does not fit the adapter {adapter.name!r}; write {forms}")
	wrong = kind.check(port)
	if wrong:
		raise ConfigError(f"{where}: key 'port' {wrong}")
	keys = device_keys(adapter, kind)
	values = _absolute(read_table(table, keys, where), keys, path)
	options = {key: values[key] for key in (*adapter.options, *(["lines"] if adapter.multi_line else []))}
	return Device(
		id=values["id"],
		adapter=adapter.name,
		port=port,
		line=values["line"],
		options=options,
		port_options={key: values[key] for key in kind.keys},
	)


def _recordings(tables: object, devices: tuple[Device, ...], path: Path) -> tuple[dict[str, Any], ...]:
	if not isinstance(tables, list):
		raise ConfigError(f"{path}: [recordings] must be written [[recordings]]")
	found = []
	for number, table in enumerate(tables, 1):
		where = f"{path}: [[recordings]] {number}"
		values = _absolute(read_table(table, RECORDINGS, where), RECORDINGS, path)
		if values["device"] and values["device"] not in {device.id for device in devices}:
			raise ConfigError(
				f"{where}: key 'device': there is no [[device]] with the id {values['device']!r}"
			)
		found.append(values)
	return tuple(found)


def _absolute(values: dict[str, Any], keys: dict[str, Key], path: Path) -> dict[str, Any]:
	"""``values`` with the files and folders among them made absolute."""
	return {
		name: str(_path(path, value)) if keys[name].path and value else value
		for name, value in values.items()
	}


def _only(table: dict, name: str, key: Key, where: str) -> Any:
	return read_table({name: table[name]} if name in table else {}, {name: key}, where)[name]


def _check_unique(devices: tuple[Device, ...], path: Path) -> None:
	"""Two devices must not share id, port or line; raises ConfigError."""
	seen: dict[str, set[str]] = {"id": set(), "port": set(), "line": set()}
	prefixes: set[str] = set()
	for number, device in enumerate(devices, 1):
		lines = device.options.get("lines")
		found = {"id": [device.id], "port": [device.port], "line": [device.line]}
		if ADAPTERS[device.adapter].multi_line:
			found["line"] = list(lines.values())
			if not lines and device.line in prefixes:
				raise ConfigError(
					f"{path}: [[device]] {number}: two devices with several lines; give each a 'line' to begin their names"
				)
			prefixes |= set() if lines else {device.line}
		for key, values in found.items():
			for value in values:
				if value in seen[key]:
					raise ConfigError(
						f"{path}: [[device]] {number}: key {key!r} {value!r} is used twice; make it unique"
					)
				seen[key].add(value)


def read_token(path: Path) -> Token:
	"""The token of ``path``: one line ``key:secret`` in a file that only its owner may read.

	Raises ConfigError; the message never holds the file's content.
	"""
	try:
		text = read_private(path, "token file", "see token_file in [site]")
	except SecretError as error:
		raise ConfigError(str(error)) from None
	if not (text.isascii() and re.fullmatch(r"[^\s:]+:[^\s:]+", text)):
		raise ConfigError(f"{path}: token file must hold one line, API key and secret joined by a colon")
	return Token(text)
