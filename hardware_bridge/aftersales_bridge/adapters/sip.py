"""A SIP extension that only listens: baresip registers it, and tells of its calls over ``ctrl_tcp``.

The extension is a member of the ring group and never answers, so it hears every call begin and end, and cannot tell
whether somebody else has answered. Calls that are spoken through this baresip itself are told in full.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from aftersales_bridge.adapters.base import Adapter, DeviceError, Port
from aftersales_bridge.adapters.netstrings import NetstringSplitter, netstring
from aftersales_bridge.adapters.sip_uri import clean_name, clean_number
from aftersales_bridge.events import Signal
from aftersales_bridge.known_calls import Facts, KnownCalls
from aftersales_bridge.schema import Key, between

ANSWER_S = 3.0
MAX_ANSWER = 4000
# A ringing extension hears the end of the call; if baresip itself dies, it does not.
RING_LIMIT_S = 300.0

_ACCOUNT = re.compile(r"(?:> |  )(sip:\S+)\s*(.*)")
# What baresip says when the other side cancels or hangs up.
_OTHER_SIDE = "Connection reset by peer"
_COLOUR = re.compile("\x1b\\[[0-9;]*m")


class SipAdapter(Adapter):
	"""Decodes the events of baresip's ``ctrl_tcp`` module."""

	name = "sip"
	title = "SIP extension through baresip"
	ports = ("tcp",)
	default_port = "tcp://127.0.0.1:4444"
	options = {
		"lines": Key(
			dict,
			"from the account, such as sip:8001@pbx.example.com, to the Line of the Device, where there are several",
			{},
		),
		"check_every_s": Key(
			float, "how often baresip is asked whether its accounts are registered", 60.0, between(10, 3600)
		),
	}

	def __init__(self, source_id: str, line: str, options: dict) -> None:
		super().__init__(source_id, line, options)
		self.calls = KnownCalls(ring_limit=RING_LIMIT_S)
		self._lines: dict[str, str] = options["lines"]
		self._check_every: float = options["check_every_s"]
		self._splitter = NetstringSplitter()
		self._answer: str | None = None
		self._asked_at: float | None = None
		self._checked_at = 0.0
		self._failed: dict[str, str] = {}

	def start(self, port: Port, emit: Callable[[list[Signal]], None]) -> list[str]:
		"""Ask for the accounts; see Adapter.start."""
		self._splitter.reset()
		self._failed.clear()
		self._ask(port)
		deadline = self.now() + ANSWER_S
		while self._answer is None and self.now() < deadline:
			signals = self.feed(port.read(), self.now())
			if signals:
				emit(signals)
		if self._answer is None:
			raise DeviceError(
				"no answer; is this the ctrl_tcp port of baresip, and no other program connected to it?"
			)
		self._checked_at, self._asked_at = self.now(), None
		accounts = read_accounts(self._answer)
		if not accounts:
			raise DeviceError("baresip has no account; see its file accounts")
		unregistered = [name for name, state in accounts.items() if state == "failed"]
		if len(unregistered) == len(accounts):
			raise DeviceError(f"not registered: {', '.join(unregistered)[:80]}; see baresip's file accounts")
		return [f"{name} is not registered" for name in unregistered]

	def feed(self, data: bytes, now: float) -> list[Signal]:
		"""Decode bytes from baresip; see Adapter.feed."""
		signals: list[Signal] = []
		contents, lost = self._splitter.feed(data)
		for what in lost:
			self.bad.add(what)
		for content in contents:
			try:
				message = json.loads(content.decode("utf-8", "replace"))
			except (ValueError, RecursionError):
				message = None
			if not isinstance(message, dict):
				self.bad.add("broken JSON", content[:40])
			elif message.get("response") is True:
				self._answer = _text(message, "data", MAX_ANSWER)
			elif message.get("event") is True:
				signals += self._event(message, now)
		return signals

	def check_up(self, port: Port, now: float) -> None:
		"""Ask whether the accounts are still registered; see Adapter.check_up."""
		if self._asked_at is not None:
			if self._answer is not None:
				self._asked_at = None
				self._judge(read_accounts(self._answer))
			elif now - self._asked_at > ANSWER_S:
				raise DeviceError("baresip does not answer any more")
		elif now - self._checked_at >= self._check_every:
			self._checked_at = self._asked_at = now
			self._ask(port)

	def identify(self, port: Port) -> str:
		return "baresip with " + ", ".join(read_accounts(self._answer or ""))

	def suspend(self, now: float) -> None:
		self._splitter.reset()
		super().suspend(now)

	def line_names(self) -> list[str]:
		return list(dict.fromkeys(self._lines.values())) or [self.line]

	def _ask(self, port: Port) -> None:
		self._answer = None
		port.write(netstring(b'{"command":"reginfo","token":"aftersales-bridge"}'))

	def _judge(self, accounts: dict[str, str]) -> None:
		if accounts and all(state == "failed" for state in accounts.values()):
			reason = next((self._failed[name] for name in accounts if name in self._failed), "no answer")
			raise DeviceError(f"no account is registered any more ({reason[:60]})")

	def _event(self, message: dict, now: float) -> list[Signal]:
		kind = _text(message, "type")
		account = _text(message, "accountaor")
		if kind == "REGISTER_FAIL":
			self._failed[account] = _text(message, "param")
			return []
		if kind == "REGISTER_OK":
			self._failed.pop(account, None)
			return []
		key = _text(message, "id")
		if not kind.startswith("CALL_") or not key:
			return []
		raw = [json.dumps(message, ensure_ascii=False)[:500]]
		if kind == "CALL_ESTABLISHED":
			return self.calls.answered(key, now, self._facts(message, account), raw)
		if kind == "CALL_CLOSED":
			cause = _text(message, "param")
			if cause in ("", _OTHER_SIDE):
				cause = "normal_clearing" if self.calls.is_answered(key) else "cancelled"
			return self.calls.ended(key, now, cause=cause, certain=False, raw=raw)
		if kind in ("CALL_INCOMING", "CALL_OUTGOING", "CALL_RINGING", "CALL_PROGRESS"):
			return self.calls.ringing_now(key, now, self._facts(message, account), raw)
		return []

	def _facts(self, message: dict, account: str) -> Facts:
		line = self._lines.get(account) or self._lines.get(account.partition(":")[2]) or self.line
		return Facts(
			line=line,
			direction="out" if _text(message, "direction") == "outgoing" else "in",
			number=clean_number(_text(message, "peeruri")) or None,
			name=clean_name(_text(message, "peerdisplayname")) or None,
		)


def read_accounts(answer: str) -> dict[str, str]:
	"""The accounts in baresip's answer to ``reginfo``, each ``ok``, ``failed``, or ``local`` when it does not register."""
	accounts = {}
	for line in _COLOUR.sub("", answer).splitlines():
		match = _ACCOUNT.match(line)
		if match:
			state = match.group(2).split()
			accounts[match.group(1)] = "local" if not state else "ok" if state[0] == "OK" else "failed"
	return accounts


def _text(message: dict, key: str, limit: int = 500) -> str:
	value = message.get(key)
	return value[:limit] if isinstance(value, str) else ""
