"""Opening devices by the scheme of their port."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from aftersales_bridge.adapters.base import Port
from aftersales_bridge.ports import http, pipe, serial_port, tcp, udp
from aftersales_bridge.ports.common import PortKind

#: by name; an adapter's ``ports`` are names of these
KINDS: dict[str, PortKind] = {
	kind.name: kind for kind in (serial_port.KIND, *tcp.KINDS, udp.KIND, http.KIND, pipe.KIND)
}


def kind_of(url: str) -> PortKind | None:
	"""The kind of port that ``url`` is; None when its scheme is unknown."""
	if url.startswith("pipe:"):
		return KINDS["pipe"]
	if "://" not in url:
		return KINDS["serial"]
	scheme = url.partition("://")[0].lower()
	if scheme in serial_port.SCHEMES:
		return KINDS["serial"]
	return KINDS.get(scheme)


def open_port(url: str, options: dict[str, Any]) -> Port:
	"""Open ``url`` with the values of its kind's keys. Raises OSError, ValueError or serial.SerialException."""
	kind = kind_of(url)
	if kind is None:
		raise ValueError(f"no port has the scheme of {url!r}")
	return kind.open(url, options)


def shown(url: str) -> str:
	"""``url`` for logs and people, without the secret that the path of a listener is."""
	if url.startswith(("http://", "https://")):
		parts = urlsplit(url)
		return f"{parts.scheme}://{parts.netloc}/…"
	return url
