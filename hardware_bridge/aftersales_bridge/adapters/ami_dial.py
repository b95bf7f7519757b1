"""Click to dial through Asterisk: rings the agent's phone, and when it is picked up Asterisk dials the number."""

from __future__ import annotations

import re
from dataclasses import dataclass

from aftersales_bridge.adapters.ami_blocks import ORIGINATE_REASONS, action
from aftersales_bridge.adapters.base import DialError, DialRequest
from aftersales_bridge.events import Signal
from aftersales_bridge.schema import Key, between, not_blank

# After the phone's own ringing time Asterisk has this long to say what came of it.
ANSWER_S = 60.0


def _check_channel(text: str) -> str | None:
	if "{extension}" in text and "/" in text and text.isprintable():
		return None
	return "must hold a technology and {extension}, such as PJSIP/{extension}"


def _check_digits(text: str) -> str | None:
	return None if re.fullmatch(r"[0-9*#+]{0,10}", text) else "must consist of at most 10 digits, * or #"


OPTIONS = {
	"dial_channel": Key(str, "an agent's phone, for click to dial", "PJSIP/{extension}", _check_channel),
	"dial_context": Key(str, "the context that dials outside", "from-internal", not_blank),
	"dial_prefix": Key(str, "what is dialled first to get a line", "", _check_digits),
	"dial_timeout_s": Key(int, "how long the agent's phone rings", 30, between(5, 120)),
}


@dataclass
class _Dial:
	request: DialRequest
	until: float


class Dialling:
	"""The requests of which Asterisk has not said what came of them, by the id that their call has there."""

	def __init__(self, options: dict) -> None:
		self._options = options
		self._dials: dict[str, _Dial] = {}

	def __contains__(self, key: str) -> bool:
		return key in self._dials

	def originate(self, request: DialRequest, now: float) -> bytes:
		"""The action for ``request``. Raises DialError for what cannot be dialled."""
		if not request.extension or not re.fullmatch(r"[A-Za-z0-9_.-]{1,32}", request.extension):
			raise DialError("the agent has no extension that Asterisk could ring")
		number = re.sub(r"[ ()./-]", "", request.number)
		if not re.fullmatch(r"\+?[0-9*#]{2,32}", number):
			raise DialError("the number cannot be dialled")
		# As the channel's own id it becomes the Linkedid of the whole call.
		key = f"aftersales-{re.sub(r'[^A-Za-z0-9]', '', request.id)[:60]}"
		timeout = self._options["dial_timeout_s"]
		self._dials[key] = _Dial(request, now + timeout + ANSWER_S)
		return action(
			Action="Originate",
			ActionID=key,
			Channel=self._options["dial_channel"].replace("{extension}", request.extension),
			ChannelId=key,
			Context=self._options["dial_context"],
			Exten=self._options["dial_prefix"] + number,
			Priority="1",
			CallerID=f'"{number}" <{request.extension}>',
			Timeout=str(timeout * 1000),
			Async="true",
		)

	def take(self, key: str) -> DialRequest | None:
		"""The request whose number is dialled now; the call tells the rest."""
		dial = self._dials.pop(key, None)
		return dial.request if dial else None

	def failed(self, key: str, cause: str) -> list[Signal]:
		"""The request came to nothing."""
		return [self._dials.pop(key).request.failed(cause)]

	def response(self, block: dict[str, str]) -> list[Signal]:
		"""Asterisk's answer to the action, or its OriginateResponse: told only when it is a refusal."""
		key = block.get("actionid", "")
		if key not in self._dials or block.get("response") == "Success":
			return []
		reason = ORIGINATE_REASONS.get(block.get("reason", ""))
		return self.failed(key, reason or block.get("message") or "the phone did not answer")

	def tick(self, now: float) -> list[Signal]:
		"""Give up requests of which Asterisk has said nothing."""
		late = [key for key, dial in self._dials.items() if dial.until <= now]
		return [
			signal
			for key in late
			for signal in self.failed(key, "the telephone system did not say what came of it")
		]
