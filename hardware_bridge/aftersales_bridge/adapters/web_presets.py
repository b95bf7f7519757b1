"""How makers of telephones, gateways and telephone systems name things when they call an address."""

from __future__ import annotations

from dataclasses import dataclass, field

#: what an event may mean; ``outgoing`` is a call that was dialled, ``stopped`` one that somebody else may have answered
MEANINGS = ("ringing", "outgoing", "answered", "ended", "missed", "stopped", "recording", "ignore")

#: what a call has, see the guide; ``caller`` and ``callee`` are number and own side of an incoming call, and change
#: places on an outgoing one
FIELDS = (
	"event",
	"number",
	"name",
	"extension",
	"did",
	"line",
	"call_id",
	"direction",
	"duration",
	"recording",
	"dialled",
)

_WORDS = {
	"ringing": "incoming incoming_call incomingcall ringing ring alerting new call_incoming inbound",
	"outgoing": "outgoing outgoing_call outgoingcall dial dialing dialling call_outgoing outbound",
	"answered": "answer answered established establish connected call_answered up",
	"ended": "end ended terminated terminate hangup hang_up hung_up bye closed disconnected call_end call_ended",
	"missed": "missed missed_call no_answer noanswer",
	"stopped": "stopped rejected reject cancelled canceled busy forwarded ring_end",
	"recording": "recording recorded record",
}
EVENT_WORDS = {word: meaning for meaning, words in _WORDS.items() for word in words.split()}

DIRECTIONS = {
	**dict.fromkeys(("in", "inbound", "incoming", "external", "i"), "in"),
	**dict.fromkeys(("out", "outbound", "outgoing", "o"), "out"),
	**dict.fromkeys(("internal", "local"), "internal"),
}


@dataclass(frozen=True)
class Preset:
	"""Names of fields and events.

	``sees_all`` marks sources that see the whole call: with them a call that ends unanswered was missed. A single
	telephone cannot tell that from a call which another one has answered.
	"""

	fields: dict[str, tuple[str, ...]]
	events: dict[str, str] = field(default_factory=dict)
	sees_all: bool = False


PRESETS = {
	"generic": Preset(
		{
			"event": ("event", "state", "status"),
			"number": ("number", "caller", "caller_num", "callerid", "from", "remote", "cli"),
			"name": ("name", "caller_name", "display_remote"),
			"extension": ("extension", "ext", "local"),
			"did": ("did", "called", "to"),
			"line": ("line", "account"),
			"call_id": ("call_id", "call-id", "callid", "id"),
			"direction": ("direction",),
			"duration": ("duration", "seconds"),
			"recording": ("recording", "recording_url", "download_url"),
			"dialled": ("dialled", "dialed"),
		}
	),
	"grandstream": Preset(
		{
			"event": ("event",),
			"number": ("remote", "remoteNumber"),
			"name": ("display_remote", "remoteName"),
			"extension": ("active_user", "local", "localNumber"),
			"line": ("line",),
			"call_id": ("call-id", "call_id"),
			"direction": ("callType",),
		}
	),
	"yealink": Preset(
		{
			"event": ("event",),
			"number": ("remote",),
			"name": ("display_remote",),
			"extension": ("active_user", "local"),
			"line": ("line",),
			"call_id": ("call_id", "callid"),
		}
	),
	"aio100": Preset(
		{
			"event": ("answer_state",),
			"number": ("caller_number",),
			"name": ("caller_username",),
			"did": ("callee_number",),
			"line": ("line", "sn"),
			"call_id": ("call_id",),
			"direction": ("call_direction",),
			"dialled": ("callee_number",),
		},
		{"ringing": "ringing", "answer": "answered", "hangup": "ended"},
		sees_all=True,
	),
	"linuxbox": Preset(
		{
			"number": ("caller_num",),
			"name": ("caller_name",),
			"extension": ("line_num",),
			"did": ("dialed_num", "target_num"),
			"line": ("line",),
			"call_id": ("call_id",),
			"direction": ("direction", "caller_type"),
			"dialled": ("dialed_num", "target_num"),
		},
		{
			"start_call": "ringing",
			"start_int_dial": "ringing",
			"start_ext_dial": "outgoing",
			"answered_internal": "answered",
			"answered_external": "answered",
			"call_end": "ended",
			"queue_in": "ignore",
			"queue_out": "ignore",
			"hangup_internal": "ignore",
			"hangup_external": "ignore",
		},
		sees_all=True,
	),
}
