"""Asterisk through its Manager Interface (AMI), also as FreePBX, Issabel and their kin.

A call is everything with one ``Linkedid``. Asterisk does not say which way a call goes: it comes in when its first
channel belongs to a trunk, by the contexts and endpoints of the configuration, and goes out when a trunk is dialled.
Calls between two telephones of the house are not told.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from aftersales_bridge.adapters.ami_blocks import (
	CAUSES,
	DIAL_RESULTS,
	BlockSplitter,
	action,
	dialled_number,
	endpoint,
	extension,
	is_local,
	known,
)
from aftersales_bridge.adapters.ami_dial import OPTIONS, Dialling
from aftersales_bridge.adapters.base import Adapter, DeviceError, DialRequest, Port
from aftersales_bridge.events import Signal
from aftersales_bridge.known_calls import Facts, KnownCalls
from aftersales_bridge.schema import Key, between, not_blank
from aftersales_bridge.secret import SecretError, read_secret

ANSWER_S = 10.0
PING_S = 30.0
MAX_TALKS = 1000
MAX_CHANNELS = 100

Block = dict[str, str]


@dataclass
class _Talk:
	"""What is known of one Linkedid."""

	direction: str | None = None
	caller: str = ""
	exten: str = ""
	number: str | None = None
	name: str | None = None
	first_gone: bool = False
	channels: set[str] = field(default_factory=set)
	result: str | None = None


class AmiAdapter(Adapter):
	"""Decodes the events of an Asterisk, and dials through it."""

	name = "ami"
	title = "Asterisk, FreePBX, Issabel (AMI)"
	ports = ("tcp",)
	default_port = "tcp://127.0.0.1:5038"
	can_dial = True
	options = {
		"user": Key(str, "the user in manager.conf", "aftersales", not_blank),
		"secret_file": Key(str, "the file that holds this user's secret", "ami-secret", not_blank, path=True),
		"inbound_contexts": Key(
			list,
			"contexts of the trunks; * stands for anything",
			["from-trunk*", "from-pstn*", "from-external*"],
		),
		"trunk_endpoints": Key(
			list,
			"channel names of the trunks, such as PJSIP/provider or DAHDI/*, where contexts do not tell",
			[],
		),
		"lines": Key(
			dict,
			"from the number that was dialled, or a trunk such as PJSIP/provider, to the Line of the Device",
			{},
		),
		"ping_every_s": Key(
			float, "how often Asterisk is asked whether it is there", PING_S, between(5, 600)
		),
		**OPTIONS,
	}

	def __init__(self, source_id: str, line: str, options: dict) -> None:
		super().__init__(source_id, line, options)
		self.calls = KnownCalls()
		self._options = options
		self._splitter = BlockSplitter()
		self._talks: OrderedDict[str, _Talk] = OrderedDict()
		self._dials = Dialling(options)
		self._login: str | None = None
		self._listed: set[str] = set()
		self._banner = ""
		self._last_byte = 0.0
		self._pinged_at: float | None = None

	def start(self, port: Port, emit: Callable[[list[Signal]], None]) -> list[str]:
		"""Log in; see Adapter.start."""
		try:
			secret = read_secret(self._options["secret_file"])
		except SecretError as error:
			raise DeviceError(str(error)) from None
		self._splitter.reset()
		self._login, self._banner, self._pinged_at = None, "", None
		self._listed.clear()
		port.write(
			action(
				Action="Login", ActionID="login", Username=self._options["user"], Secret=secret, Events="call"
			)
		)
		deadline = self.now() + ANSWER_S
		while self._login is None and self.now() < deadline:
			signals = self.feed(port.read(), self.now())
			if signals:
				emit(signals)
		if self._login is None:
			raise DeviceError("no answer to the login; is this the address of an Asterisk Manager Interface?")
		if self._login != "Success":
			raise DeviceError("the login was refused; check user, secret_file, and permit in manager.conf")
		self._last_byte = self.now()
		if self.calls.ringing:
			# Some of the calls that were open may have ended while nobody listened.
			port.write(action(Action="CoreShowChannels", ActionID="list"))
		return []

	def feed(self, data: bytes, now: float) -> list[Signal]:
		"""Decode bytes from Asterisk; see Adapter.feed."""
		signals: list[Signal] = []
		if data:
			self._last_byte = now
		blocks, lost = self._splitter.feed(data)
		for what in lost:
			self.bad.add(what)
		for block in blocks:
			signals += self._block(block, now)
		return signals

	def tick(self, now: float) -> list[Signal]:
		"""Give up dialling that nobody answered for; see Adapter.tick."""
		return self._dials.tick(now) + super().tick(now)

	def suspend(self, now: float) -> None:
		self._splitter.reset()
		super().suspend(now)

	def check_up(self, port: Port, now: float) -> None:
		"""Ping a quiet Asterisk."""
		if self._pinged_at is not None:
			if self._last_byte > self._pinged_at:
				self._pinged_at = None
			elif now - self._pinged_at > ANSWER_S:
				raise DeviceError("Asterisk does not answer any more")
		elif now - self._last_byte >= self._options["ping_every_s"]:
			self._pinged_at = now
			port.write(action(Action="Ping", ActionID="ping"))

	def identify(self, port: Port) -> str:
		return self._banner

	def dial(self, port: Port, request: DialRequest, now: float) -> list[Signal]:
		"""Ring the agent's phone; when it is picked up Asterisk dials the number. See Adapter.dial."""
		port.write(self._dials.originate(request, now))
		return []

	def snapshot(self) -> dict | None:
		saved = self.calls.snapshot()
		if saved is None:
			return None
		ways = {key: talk.direction for key, talk in self._talks.items() if self.calls.is_open(key)}
		return {**saved, "ways": ways}

	def restore(self, saved: dict, gap: float, now: float) -> list[Signal]:
		for key, direction in saved["ways"].items():
			self._talks[key] = _Talk(direction=direction)
		return super().restore(saved, gap, now)

	def line_names(self) -> list[str]:
		return list(dict.fromkeys([self.line, *self._options["lines"].values()]))

	def _block(self, block: Block, now: float) -> list[Signal]:
		if "banner" in block:
			self._banner = block["banner"]
		elif "response" in block and "event" not in block:
			return self._answer(block, now)
		handler = _EVENTS.get(block.get("event", ""))
		return handler(self, block, now) if handler else []

	def _answer(self, block: Block, now: float) -> list[Signal]:
		if block.get("actionid") == "login":
			self._login = block["response"]
		return self._dials.response(block)

	def _new_channel(self, block: Block, now: float) -> list[Signal]:
		unique, linked, channel = _ids(block)
		if unique != linked:
			talk = self._talks.get(linked)
			if talk is not None and len(talk.channels) < MAX_CHANNELS:
				talk.channels.add(unique)
			return []
		talk = _Talk(caller=channel, exten=block.get("exten", ""), channels={unique})
		self._talks[linked] = talk
		if len(self._talks) > MAX_TALKS:
			self._talks.popitem(last=False)
		if is_local(channel) or not self._is_trunk(channel, block.get("context", "")):
			return []
		talk.direction = "in"
		return self._caller(block, now)

	def _caller(self, block: Block, now: float) -> list[Signal]:
		"""Who calls: known with the first channel, on analogue trunks somewhat later."""
		unique, linked, channel = _ids(block)
		talk = self._talks.get(linked)
		if talk is None or talk.direction != "in" or unique != linked:
			return []
		did = talk.exten if re.fullmatch(r"\+?[0-9*#]{1,32}", talk.exten) else None
		facts = Facts(
			line=self._line(did, endpoint(channel)),
			direction="in",
			number=known(block.get("calleridnum")),
			name=known(block.get("calleridname")),
			did=did,
		)
		return self.calls.ringing_now(linked, now, facts, [_shown(block)])

	def _dial_begin(self, block: Block, now: float) -> list[Signal]:
		linked, channel, context = _destination(block)
		talk = self._talks.get(linked)
		if talk is None or not channel or is_local(channel) or self.calls.is_answered(linked):
			return []
		if talk.direction == "in":
			if self._is_trunk(channel, context):
				return []
			return self.calls.ringing_now(linked, now, Facts(extension=extension(channel)), [_shown(block)])
		if not self._is_trunk(channel, context):
			return []
		talk.direction = "out"
		request = self._dials.take(linked)
		number = dialled_number(block.get("dialstring", "")) or talk.exten
		facts = Facts(
			line=request.line if request else self._line(None, endpoint(channel)),
			direction="out",
			number=request.number if request else number,
			extension=request.extension if request else extension(talk.caller) or None,
			dial_request=request.id if request else None,
		)
		return self.calls.ringing_now(linked, now, facts, [_shown(block)])

	def _dial_end(self, block: Block, now: float) -> list[Signal]:
		linked, channel, context = _destination(block)
		talk = self._talks.get(linked)
		status = block.get("dialstatus", "")
		if talk is None or not channel or is_local(channel) or not self.calls.is_open(linked):
			return []
		if status != "ANSWER":
			talk.result = DIAL_RESULTS.get(status, talk.result)
			return []
		return self._answered(linked, talk, channel, context, block, now)

	def _bridge_enter(self, block: Block, now: float) -> list[Signal]:
		"""Somebody joins the conversation; after a pick-up of another's phone this is all that tells of it."""
		unique, linked, channel = _ids(block)
		talk = self._talks.get(linked)
		if talk is None or unique == linked or is_local(channel) or self.calls.is_answered(linked):
			return []
		if not self.calls.is_open(linked):
			return []
		return self._answered(linked, talk, channel, block.get("context", ""), block, now)

	def _answered(
		self, linked: str, talk: _Talk, channel: str, context: str, block: Block, now: float
	) -> list[Signal]:
		facts = Facts()
		if talk.direction == "in" and not self._is_trunk(channel, context):
			facts = Facts(extension=extension(channel))
		return self.calls.answered(linked, now, facts, [_shown(block)])

	def _hangup(self, block: Block, now: float) -> list[Signal]:
		unique, linked, _ = _ids(block)
		talk = self._talks.get(linked)
		if talk is None or unique not in talk.channels:
			for other, candidate in self._talks.items():
				# Two conversations that were joined hang up under the older one's name.
				if unique in candidate.channels:
					linked, talk = other, candidate
					break
		if talk is None:
			return []
		talk.channels.discard(unique)
		talk.first_gone = talk.first_gone or unique == linked
		if not talk.first_gone or (talk.direction != "in" and talk.channels):
			return []
		del self._talks[linked]
		if linked in self._dials:
			return []
		cause = CAUSES.get(block.get("cause", ""), f"cause_{block.get('cause', '')[:5]}")
		if not self.calls.is_answered(linked):
			cause = talk.result or ("no_answer" if cause == "normal_clearing" else cause)
		return self.calls.ended(linked, now, cause=cause, raw=[_shown(block)])

	def _originated(self, block: Block, now: float) -> list[Signal]:
		return self._dials.response(block)

	def _list_entry(self, block: Block, now: float) -> list[Signal]:
		if len(self._listed) < MAX_TALKS:
			self._listed.add(block.get("linkedid") or block.get("uniqueid", ""))
		return []

	def _list_complete(self, block: Block, now: float) -> list[Signal]:
		if block.get("actionid") != "list":
			return []
		listed = set(self._listed)
		self._listed.clear()
		for key in [key for key in self._talks if key not in listed]:
			del self._talks[key]
		signals = self.calls.only(listed, now)
		for key in self.calls.open_keys():
			# They go on, so the patience with calls that were lost from sight ends.
			signals += self.calls.ringing_now(key, now, Facts())
		return signals

	def _is_trunk(self, channel: str, context: str) -> bool:
		name = endpoint(channel)
		return any(fnmatchcase(name, wanted) for wanted in self._options["trunk_endpoints"]) or any(
			fnmatchcase(context, wanted) for wanted in self._options["inbound_contexts"]
		)

	def _line(self, did: str | None, trunk: str) -> str:
		lines = self._options["lines"]
		return lines.get(did or "") or lines.get(trunk) or self.line


_EVENTS: dict[str, Callable[[AmiAdapter, Block, float], list[Signal]]] = {
	"Newchannel": AmiAdapter._new_channel,
	"NewCallerid": AmiAdapter._caller,
	"DialBegin": AmiAdapter._dial_begin,
	"DialEnd": AmiAdapter._dial_end,
	"BridgeEnter": AmiAdapter._bridge_enter,
	"Hangup": AmiAdapter._hangup,
	"OriginateResponse": AmiAdapter._originated,
	"CoreShowChannel": AmiAdapter._list_entry,
	"CoreShowChannelsComplete": AmiAdapter._list_complete,
}


def _ids(block: Block) -> tuple[str, str, str]:
	unique = block.get("uniqueid", "")
	return unique, block.get("linkedid") or unique, block.get("channel", "")


def _destination(block: Block) -> tuple[str, str, str]:
	"""Linkedid, channel and context of the telephone or trunk that a Dial event is about."""
	linked = block.get("destlinkedid") or block.get("linkedid", "")
	return linked, block.get("destchannel", ""), block.get("destcontext", "")


def _shown(block: Block) -> str:
	"""The part of an event that is kept with the call."""
	keys = ("event", "channel", "destchannel", "calleridnum", "exten", "dialstatus", "cause")
	return " ".join(f"{key}={block[key]}" for key in keys if block.get(key))[:300]
