"""The site's API over HTTP: one kept connection, and answers sorted by what to do next."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import urlsplit

import urllib3

from aftersales_bridge import __version__, clock

if TYPE_CHECKING:
	from aftersales_bridge.config import Config, Token

API = "/api/method/aftersales.telephony."
UPLOAD_S = 300.0
CONNECT_S = 5.0
MAX_RETRY_AFTER_S = 600.0

# The site or something before it has a passing trouble.
_PASSING = {408, 409, 425, 429}
# The site is there but does not know us (yet, or any more: it may be in the middle of a restore).
_LASTING = {401, 403, 404}


class SiteError(Exception):
	"""The request did not get the answer we need. ``reason`` is one line without secrets."""

	def __init__(self, reason: str, status: int | None = None, retry_after: float | None = None) -> None:
		super().__init__(reason)
		self.reason = reason
		self.status = status
		self.retry_after = retry_after


class Passing(SiteError):
	"""Try again soon: network, overload, a server error."""


class Lasting(SiteError):
	"""Try again slowly: a person has to put something right."""


class Refused(SiteError):
	"""The site understood the request and does not accept what it holds."""


@dataclass(frozen=True)
class Answer:
	"""What the site says of one event: ``accepted``, ``duplicate`` or ``rejected``."""

	status: str
	reason: str | None


class Json:
	"""The body of a request: a JSON object."""

	limits: ClassVar[dict] = {}
	headers: ClassVar[dict] = {"Content-Type": "application/json"}

	def __init__(self, body: dict) -> None:
		self._data = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()

	def open(self) -> bytes:
		return self._data


class Upload:
	"""The body of a request: a form with one file, read piece by piece while it is sent."""

	limits: ClassVar[dict] = {"timeout": urllib3.Timeout(connect=CONNECT_S, read=UPLOAD_S)}

	def __init__(self, fields: dict[str, str], name: str, path: Path, filename: str) -> None:
		boundary = uuid.uuid4().hex
		parts = [
			f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
			for key, value in fields.items()
		]
		quoted = re.sub(r'[\x00-\x1f"\\]', "_", filename)
		head = (
			f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{quoted}"\r\n'
			"Content-Type: application/octet-stream\r\n\r\n"
		)
		self._path = path
		self._before = ("".join(parts) + head).encode()
		self._after = f"\r\n--{boundary}--\r\n".encode()
		self._size = path.stat().st_size
		self.headers = {
			"Content-Type": f"multipart/form-data; boundary={boundary}",
			"Content-Length": str(len(self._before) + self._size + len(self._after)),
		}

	def open(self) -> Iterator[bytes]:
		"""The body from its beginning."""
		yield self._before
		left = self._size
		with self._path.open("rb") as source:
			# A file that grows meanwhile is cut off, and refused by its check sum.
			while left and (piece := source.read(min(left, 65_536))):
				left -= len(piece)
				yield piece
		if left:
			raise OSError(f"{self._path} became shorter while it was sent")
		yield self._after


class SiteClient:
	"""Calls the methods of the site that a bridge may call. For one thread at a time: see ``twin``."""

	def __init__(self, config: Config, token: Token) -> None:
		self._made_of = (config, token)
		url = urlsplit(config.site_url)
		self._base = config.site_url
		self._bridge_id = config.bridge_id
		self._headers = {
			"Authorization": token.header(),
			"Accept": "application/json",
			"User-Agent": f"aftersales-bridge/{__version__}",
		}
		if (url.hostname or "").endswith(".localhost"):
			# Such names mean this machine (RFC 6761), but few resolvers know it; a bench picks its site by the name.
			self._headers["Host"] = url.netloc
			self._base = self._base.replace(
				url.netloc, f"127.0.0.1:{url.port}" if url.port else "127.0.0.1", 1
			)
		trust = {"ca_certs": str(config.ca_file)} if config.ca_file else {}
		self._http = urllib3.PoolManager(
			num_pools=1,
			maxsize=1,
			retries=False,
			timeout=urllib3.Timeout(connect=min(CONNECT_S, config.timeout_s), read=config.timeout_s),
			**trust,
		)

	def post_events(self, events: list[dict]) -> dict[str, Answer]:
		"""Report ``events`` (at most 100); the site's answers by event id. Raises SiteError."""
		body = {"bridge_id": self._bridge_id, "events": events, "sent_at": clock.iso(clock.wall_ms())}
		message = self._call("POST", "api.post_events", body)
		results = message.get("results") if isinstance(message, dict) else None
		if not isinstance(results, list):
			raise Passing("the answer holds no results; is this address an Aftersales site?")
		answers = {}
		for result in results:
			if isinstance(result, dict) and result.get("status") in ("accepted", "duplicate", "rejected"):
				reason = result.get("reason")
				answers[result.get("event_id")] = Answer(
					result["status"], str(reason)[:300] if reason else None
				)
		return answers

	def check_bridge(self) -> dict:
		"""What the site knows about this bridge: bridge, enabled, lines, server_time. Raises SiteError."""
		message = self._call("POST", "api.check_bridge", {"bridge_id": self._bridge_id})
		if not isinstance(message, dict) or "lines" not in message:
			raise Passing("the answer holds no lines; is this address an Aftersales site?")
		return message

	def heartbeat(self, status: dict) -> dict:
		"""Tell the site how the bridge is; server_time, and interval_s until the next time. Raises SiteError."""
		message = self._call("POST", "bridge_api.heartbeat", {"bridge_id": self._bridge_id, "status": status})
		if not isinstance(message, dict):
			raise Passing("the answer to the heartbeat is none; is this address an Aftersales site?")
		return message

	def take_dial_requests(self) -> list[dict]:
		"""What people want dialled; each is handed out once. Raises SiteError."""
		message = self._call("POST", "bridge_api.take_dial_requests", {"bridge_id": self._bridge_id})
		if not isinstance(message, list):
			raise Passing("the answer holds no list; is this address an Aftersales site?")
		return [request for request in message if isinstance(request, dict)]

	def upload_recording(
		self, call_uuid: str, path: Path, sha256: str, filename: str, seconds: int | None
	) -> dict:
		"""Give the site the recording of a call; safe to repeat. Raises SiteError, or OSError for the file.

		HTTP 404 (Lasting) means that the site does not know the call yet, 409 that the call has another recording.
		"""
		fields = {
			"bridge_id": self._bridge_id,
			"call_uuid": call_uuid,
			"sha256": sha256,
			"filename": filename,
		}
		if seconds is not None:
			fields["seconds"] = str(seconds)
		message = self._send(
			"POST", "bridge_api.upload_recording", Upload(fields, "recording", path, filename)
		)
		if not isinstance(message, dict):
			raise Passing("the answer to the recording is none; is this address an Aftersales site?")
		return message

	def twin(self) -> SiteClient:
		"""Another client of the same site, for another thread."""
		return SiteClient(*self._made_of)

	def close(self) -> None:
		"""Close the kept connection."""
		self._http.clear()

	def _call(self, verb: str, method: str, body: dict) -> object:
		return self._send(verb, method, Json(body))

	def _send(self, verb: str, method: str, body: Json | Upload) -> object:
		response = self._request(verb, f"{self._base}{API}{method}", body)
		if response.status != 200:
			raise _error(response)
		try:
			return json.loads(response.data).get("message")
		except (ValueError, AttributeError):
			raise Passing("the answer is not JSON; is this address an Aftersales site?", 200) from None

	def _request(self, verb: str, url: str, body: Json | Upload) -> urllib3.HTTPResponse:
		for first in (True, False):
			try:
				return self._http.request(
					verb,
					url,
					body=body.open(),
					headers={**self._headers, **body.headers},
					redirect=False,
					**body.limits,
				)
			except urllib3.exceptions.ProtocolError as error:
				# A kept connection that the server closed at this moment; a new one will do, and events are
				# recognised when they come twice.
				if not first:
					raise Passing(f"the connection broke: {_short(error)}") from None
			except urllib3.exceptions.SSLError as error:
				raise Lasting(f"the site's certificate is not trusted: {_short(error)}") from None
			except (urllib3.exceptions.HTTPError, OSError) as error:
				raise Passing(f"no connection: {_short(error)}") from None
		raise AssertionError("unreachable")


def _error(response: urllib3.HTTPResponse) -> SiteError:
	status = response.status
	said = _server_message(response.data)
	reason = f"HTTP {status}{': ' if said else ''}{said}"
	if 300 <= status < 400:
		return Lasting(
			f"HTTP {status}: the site is at {response.headers.get('Location', '?')[:200]}; correct url",
			status,
		)
	if status in _PASSING or status >= 500:
		return Passing(reason, status, _retry_after(response.headers.get("Retry-After")))
	if status in _LASTING:
		return Lasting(reason, status)
	return Refused(reason, status)


def _server_message(data: bytes) -> str:
	"""The human part of a Frappe error answer, at most 200 characters."""
	try:
		answer = json.loads(data)
		messages = [json.loads(message)["message"] for message in json.loads(answer["_server_messages"])]
		text = messages[0]
	except (ValueError, KeyError, TypeError, IndexError):
		try:
			text = answer["exc_type"]
		except (NameError, KeyError, TypeError):
			return ""
	return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", str(text))).strip()[:200]


def _retry_after(value: str | None) -> float | None:
	if not value:
		return None
	try:
		seconds = float(value)
	except ValueError:
		try:
			seconds = parsedate_to_datetime(value).timestamp() - clock.wall_ms() / 1000
		except (TypeError, ValueError):
			return None
	return min(max(0.0, seconds), MAX_RETRY_AFTER_S)


def _short(error: Exception) -> str:
	"""urllib3's message without the object it happened to."""
	return re.sub(r"^(<[^>]*>|\w+\([^)]*\)): ", "", str(error))[:160] or type(error).__name__
