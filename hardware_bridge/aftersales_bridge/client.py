"""The site's API over HTTP: one kept connection, and answers sorted by what to do next."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import urllib3

from aftersales_bridge import __version__, clock
from aftersales_bridge.config import Config, Token

API = "/api/method/aftersales.telephony.api."
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


class SiteClient:
	"""Calls the two methods of the site that a bridge may call. For one thread at a time."""

	def __init__(self, config: Config, token: Token) -> None:
		url = urlsplit(config.site_url)
		self._base = config.site_url
		self._bridge_id = config.bridge_id
		self._headers = {
			"Authorization": token.header(),
			"Accept": "application/json",
			"Content-Type": "application/json",
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
		message = self._call("POST", "post_events", body)
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
		message = self._call("POST", "check_bridge", {"bridge_id": self._bridge_id})
		if not isinstance(message, dict) or "lines" not in message:
			raise Passing("the answer holds no lines; is this address an Aftersales site?")
		return message

	def close(self) -> None:
		"""Close the kept connection."""
		self._http.clear()

	def _call(self, verb: str, method: str, body: dict) -> object:
		data = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
		response = self._request(verb, f"{self._base}{API}{method}", data)
		if response.status != 200:
			raise _error(response)
		try:
			return json.loads(response.data).get("message")
		except (ValueError, AttributeError):
			raise Passing("the answer is not JSON; is this address an Aftersales site?", 200) from None

	def _request(self, verb: str, url: str, data: bytes) -> urllib3.HTTPResponse:
		for first in (True, False):
			try:
				return self._http.request(verb, url, body=data, headers=self._headers, redirect=False)
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
