"""What a device has posted to the bridge: one request of the ``http`` port, with all its values in one table."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

MAX_FIELDS = 200
MAX_VALUE = 2000
MAX_DEPTH = 5


@dataclass(frozen=True)
class WebRequest:
	"""``path`` is what follows the secret, without slashes at its ends; ``fields`` the values of query, form or JSON.

	Inner values of JSON have names such as ``call.from`` and ``calls.0.from``. ``files`` are the names under which
	files that came with it were kept.
	"""

	method: str
	path: str
	fields: dict[str, str]
	files: tuple[str, ...]

	@property
	def last_word(self) -> str:
		"""The last part of the path, in lower case."""
		return self.path.rsplit("/", 1)[-1].lower()


class RequestSplitter:
	"""Joins the pieces of the port's JSON lines."""

	def __init__(self, limit: int = 1_000_000) -> None:
		self._buffer = b""
		self._limit = limit

	def reset(self) -> None:
		"""Forget half a line."""
		self._buffer = b""

	def feed(self, data: bytes) -> tuple[list[WebRequest], list[str]]:
		"""The requests that ``data`` completes, and a word for each that could not be read."""
		*lines, self._buffer = (self._buffer + data).split(b"\n")
		lost = []
		if len(self._buffer) > self._limit:
			self._buffer = b""
			lost.append("overlong requests")
		requests = []
		for line in lines:
			request = read_request(line)
			if request is not None:
				requests.append(request)
			elif line.strip():
				lost.append("unreadable requests")
		return requests, lost


def read_request(line: bytes) -> WebRequest | None:
	"""The request in a line of JSON; None when it is none."""
	try:
		message = json.loads(line.decode("utf-8", "replace"))
		path = str(message.get("path") or "")
		fields = {name: values[0] for name, values in message["query"].items() if values}
		fields = {name: value for name, value in fields.items() if isinstance(value, str)}
		body, kind = str(message.get("body") or ""), str(message.get("content_type") or "").lower()
		files = tuple(
			re.split(r"[\\/]", str(part["path"]))[-1][:300]
			for part in message.get("files") or ()
			if part.get("path")
		)
		fields = {**_body_fields(body, kind), **fields}
	except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
		return None
	path = path.strip("/")
	place, _, last = path.rpartition("/")
	if not fields and "=" in last:
		# Some telephones are set up without the question mark.
		path, fields = place, dict(parse_qsl(last, keep_blank_values=True)[:MAX_FIELDS])
	fields = {name[:200]: value[:MAX_VALUE] for name, value in list(fields.items())[:MAX_FIELDS]}
	return WebRequest(str(message.get("method") or "GET"), path[:200], fields, files[:20])


def _body_fields(body: str, kind: str) -> dict[str, str]:
	text = body.strip()
	if not text:
		return {}
	# What begins like JSON is JSON, whatever a telephone writes into its Content-Type.
	if "json" in kind or text[0] in "{[":
		try:
			return dict(_flatten(json.loads(text), "", 0))
		except ValueError:
			return {}
	return dict(parse_qsl(text, keep_blank_values=True)[:MAX_FIELDS])


def _flatten(value: Any, name: str, depth: int) -> list[tuple[str, str]]:
	if isinstance(value, (dict, list)):
		if depth == MAX_DEPTH:
			return []
		inner = value.items() if isinstance(value, dict) else enumerate(value)
		pairs = []
		for key, item in list(inner)[:MAX_FIELDS]:
			pairs += _flatten(item, f"{name}.{key}" if name else str(key), depth + 1)
			if len(pairs) > MAX_FIELDS:
				break
		return pairs[:MAX_FIELDS]
	if value is None or not name:
		return []
	return [(name, str(value).lower() if isinstance(value, bool) else str(value))]
