"""Simulated servers that a bridge connects to: an NCID server, an Asterisk, and baresip."""

from __future__ import annotations

import json
import time
from itertools import count

from aftersales_bridge.adapters.netstrings import NetstringSplitter, netstring
from aftersales_bridge.simulator.device import (
	NONE,
	UNAVAILABLE,
	WITHHELD,
	Call,
	Script,
	SimulatedDevice,
	later,
	now,
)

#: the outside number of the simulated telephone system
DID = "02161234567"


class NcidServer(SimulatedDevice):
	"""An ncidd with a modem and a gateway that tells how calls end; its answers are those of ncidd 1.6."""

	name = "ncid"
	title = "NCID server"
	wire = "listen"
	lines = ("POTS", "WC01", "WC02")

	def greeting(self) -> bytes:
		old = f"CIDLOG: *DATE*{now('%m%d%Y')}*TIME*0001*LINE*POTS*NMBR*{DID}*MESG*NONE*NAME*FROM THE LOG*"
		return (
			"200 Server: ncidd (NCID) 1.6\r\n210 API 1.5 Feature Set 1 2 3 4 5\r\n"
			f"{old}\r\n250 End of call log\r\n300 End of connection startup\r\n"
		).encode()

	def reply(self, data: bytes) -> bytes:
		return b"ACK: REQ: YO\r\n" * data.count(b"REQ: YO\n")

	def call(self, call: Call) -> Script:
		line = self.line(call)
		number = call.word("PRIVATE", "OUT-OF-AREA")
		fields = f"*LINE*{line}*NMBR*{number}*MESG*NONE*NAME*{call.name or 'NO NAME'}*"
		label = "OUT" if call.outbound else "CID"
		script: list[tuple[float, str]] = []
		rings = [] if call.outbound else call.ring_times()
		for ring, at in enumerate(rings, 1):
			script.append((at, f"CIDINFO: *LINE*{line}*RING*{ring}*TIME*{later('%H:%M:%S', at)}*"))
		if call.number != NONE:
			script.append(
				(min(0.5, call.cadence / 2), f"{label}: *DATE*{now('%m%d%Y')}*TIME*{now('%H%M')}{fields}")
			)
		spoke = call.outbound or call.answer_s is not None
		if line == "POTS" and not call.outbound:
			# A modem hears that the ringing stops, and no more.
			last = rings[-1] if rings else 0.0
			script.append((last + 7.8, f"CIDINFO: *LINE*{line}*RING*0*TIME*{later('%H:%M:%S', last + 7.8)}*"))
		else:
			end = call.end_s
			times = f"*SCALL*{now('%m/%d/%Y %H:%M:%S')}*ECALL*{later('%m/%d/%Y %H:%M:%S', end)}"
			way, kind = ("OUT" if call.outbound else "IN"), ("BYE" if spoke else "CANCEL")
			script.append(
				(end, f"CIDINFO: *LINE*{line}*RING*{-2 if spoke else -1}*TIME*{later('%H:%M:%S', end)}*")
			)
			script.append(
				(
					end,
					f"END: *HTYPE*{kind}*DATE*{now('%m%d%Y')}*TIME*{now('%H%M')}{times}*CTYPE*{way}*LINE*{line}*NMBR*{number}*NAME*{call.name or 'NO NAME'}*",
				)
			)
		return sorted(((at, f"{text}\r\n".encode()) for at, text in script), key=lambda step: step[0])


class Asterisk(SimulatedDevice):
	"""An Asterisk with one trunk and two telephones, 11 and 12, which rings both and lets 12 answer.

	It accepts the user ``aftersales`` with the secret ``simulated``, and dials.
	"""

	name = "ami"
	title = "Asterisk (AMI)"
	wire = "listen"
	lines = (DID,)
	user, secret = "aftersales", "simulated"

	def __init__(self) -> None:
		self._serial = count(1)
		self._buffer = b""
		self._follow_ups: Script = []

	def greeting(self) -> bytes:
		self._buffer = b""
		return b"Asterisk Call Manager/5.0.2\r\n"

	def reply(self, data: bytes) -> bytes:
		*blocks, self._buffer = (self._buffer + data)[-100_000:].split(b"\r\n\r\n")
		return b"".join(self._answer(block.decode("utf-8", "replace")) for block in blocks)

	def follow_ups(self) -> Script:
		follow_ups, self._follow_ups = self._follow_ups, []
		return follow_ups

	def call(self, call: Call) -> Script:
		if call.outbound:
			return self._outbound(
				call.digits, "11", f"{int(time.time())}.{next(self._serial)}", call.answer_s, call.talk_s
			)
		linked = self._unique()
		number = call.word("anonymous", "<unknown>") if call.number != NONE else "<unknown>"
		did = self.line(call)
		trunk = self._channel(
			"PJSIP/trunk-0000001f", "Ring", number, call.name, "from-trunk", did, linked, linked
		)
		phones = [
			self._channel(
				f"PJSIP/{ext}-{n:08x}", "Down", ext, "", "from-internal", "s", self._unique(), linked
			)
			for n, ext in enumerate(("11", "12"), 0x20)
		]
		script = [(0.0, _event("Newchannel", trunk))]
		for phone in phones:
			script.append((0.1, _event("Newchannel", phone)))
			script.append(
				(
					0.1,
					_event(
						"DialBegin",
						trunk,
						_dest(phone),
						{"DialString": f"{phone['CallerIDNum']}/sip:x@10.0.0.1"},
					),
				)
			)
			script.append((0.3, _event("DialState", trunk, _dest(phone), {"DialStatus": "RINGING"})))
		if call.answer_s is None:
			for phone in phones:
				script.append((call.end_s, _event("DialEnd", trunk, _dest(phone), {"DialStatus": "CANCEL"})))
				script.append((call.end_s, _event("Hangup", phone, {"Cause": "127"})))
			script.append((call.end_s, _event("Hangup", trunk, {"Cause": "127"})))
			return script
		quiet, answering = phones
		script += [
			(call.answer_s, _event("DialEnd", trunk, _dest(answering), {"DialStatus": "ANSWER"})),
			(call.answer_s, _event("DialEnd", trunk, _dest(quiet), {"DialStatus": "CANCEL"})),
			(call.answer_s, _event("Hangup", quiet, {"Cause": "26"})),
			(call.end_s, _event("Hangup", answering, {"Cause": "16"})),
			(call.end_s, _event("Hangup", trunk, {"Cause": "16"})),
		]
		return script

	def _outbound(
		self,
		number: str,
		extension: str,
		linked: str,
		answer_s: float | None,
		talk_s: float,
		start: float = 0.0,
	) -> Script:
		phone = self._channel(
			f"PJSIP/{extension}-00000030", "Ring", extension, "", "from-internal", number, linked, linked
		)
		trunk = self._channel(
			"PJSIP/trunk-00000031", "Down", number, "", "from-trunk", "", self._unique(), linked
		)
		answer = start + (answer_s if answer_s is not None else 3.0)
		script = [
			(start, _event("Newchannel", phone)),
			(start + 0.1, _event("Newchannel", trunk)),
			(start + 0.1, _event("DialBegin", phone, _dest(trunk), {"DialString": f"{number}@trunk"})),
			(answer, _event("DialEnd", phone, _dest(trunk), {"DialStatus": "ANSWER"})),
			(answer + talk_s, _event("Hangup", trunk, {"Cause": "16"})),
			(answer + talk_s, _event("Hangup", phone, {"Cause": "16"})),
		]
		return script

	def _answer(self, block: str) -> bytes:
		fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
		action, action_id = fields.get("Action", ""), fields.get("ActionID", "")
		if action == "Login":
			if (fields.get("Username"), fields.get("Secret")) == (self.user, self.secret):
				return _block(Response="Success", ActionID=action_id, Message="Authentication accepted")
			return _block(Response="Error", ActionID=action_id, Message="Authentication failed")
		if action == "Ping":
			return _block(Response="Success", ActionID=action_id, Ping="Pong")
		if action == "CoreShowChannels":
			return _block(Response="Success", ActionID=action_id, EventList="start") + _block(
				Event="CoreShowChannelsComplete", ActionID=action_id, EventList="Complete", ListItems="0"
			)
		if action == "Originate":
			return self._originate(fields, action_id)
		return _block(Response="Error", ActionID=action_id, Message="Invalid/unknown command")

	def _originate(self, fields: dict[str, str], action_id: str) -> bytes:
		extension = fields.get("Channel", "").rpartition("/")[2]
		result = {
			"Event": "OriginateResponse",
			"ActionID": action_id,
			"Uniqueid": fields.get("ChannelId", ""),
		}
		if extension not in ("11", "12"):
			self._follow_ups = [(0.5, _block(**result, Response="Failure", Reason="0"))]
		else:
			script = self._outbound(
				fields.get("Exten", ""), extension, fields.get("ChannelId", self._unique()), 2.0, 10.0
			)
			# The phone rings, is picked up after a second, and only then the number is dialled.
			dialled = [script[0], *((at + 1.0, data) for at, data in script[1:])]
			self._follow_ups = [*dialled, (1.0, _block(**result, Response="Success", Reason="4"))]
		return _block(Response="Success", ActionID=action_id, Message="Originate successfully queued")

	def _unique(self) -> str:
		return f"{int(time.time())}.{next(self._serial)}"

	@staticmethod
	def _channel(
		channel: str, state: str, number: str, name: str, context: str, exten: str, unique: str, linked: str
	) -> dict[str, str]:
		return {
			"Channel": channel,
			"ChannelState": {"Down": "0", "Ring": "4"}[state],
			"ChannelStateDesc": state,
			"CallerIDNum": number,
			"CallerIDName": name or "<unknown>",
			"ConnectedLineNum": "<unknown>",
			"ConnectedLineName": "<unknown>",
			"Language": "en",
			"AccountCode": "",
			"Context": context,
			"Exten": exten,
			"Priority": "1",
			"Uniqueid": unique,
			"Linkedid": linked,
		}


def _block(**fields: str) -> bytes:
	return ("".join(f"{key}: {value}\r\n" for key, value in fields.items()) + "\r\n").encode()


def _event(event: str, *parts: dict[str, str]) -> bytes:
	fields = {"Event": event, "Privilege": "call,all"}
	for part in parts:
		fields.update(part)
	return _block(**fields)


def _dest(channel: dict[str, str]) -> dict[str, str]:
	return {f"Dest{key}": value for key, value in channel.items()}


class Baresip(SimulatedDevice):
	"""The ``ctrl_tcp`` of a baresip with one registered account, which rings and never answers."""

	name = "sip"
	title = "SIP extension through baresip"
	wire = "listen"
	lines = ("sip:8001@pbx.example.com",)

	def __init__(self) -> None:
		self._splitter = NetstringSplitter()
		self._serial = count(1)

	def greeting(self) -> bytes:
		self._splitter.reset()
		return b""

	def reply(self, data: bytes) -> bytes:
		answers = []
		for content in self._splitter.feed(data)[0]:
			try:
				command = json.loads(content)
			except ValueError:
				continue
			text = f"\n--- User Agents (1) ---\n> {self.lines[0]}                     \x1b[32mOK \x1b[;m  Expires 60s\n\n"
			known = isinstance(command, dict) and command.get("command") == "reginfo"
			answer = {"response": True, "ok": known, "data": text if known else "command not found\n"}
			answers.append(netstring(json.dumps({**answer, "token": str(command.get("token"))}).encode()))
		return b"".join(answers)

	def call(self, call: Call) -> Script:
		user = {WITHHELD: "anonymous", UNAVAILABLE: "unknown", NONE: "unknown"}.get(call.number, call.number)
		event = {
			"event": True,
			"type": "CALL_INCOMING",
			"class": "call",
			"accountaor": self.line(call),
			"direction": "outgoing" if call.outbound else "incoming",
			"peeruri": f"sip:{user}@10.0.0.9:5080",
			**({"peerdisplayname": call.name} if call.name else {}),
			"id": f"{next(self._serial)}-{int(time.time() * 1000)}@10.0.0.9",
		}
		first = "CALL_RINGING" if call.outbound else "CALL_INCOMING"
		return [
			(0.0, _netstring({**event, "type": first, "param": event["peeruri"]})),
			(call.ring_s, _netstring({**event, "type": "CALL_CLOSED", "param": "Connection reset by peer"})),
		]


def _netstring(message: dict) -> bytes:
	return netstring(json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode())
