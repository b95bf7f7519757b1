"""The addresses of this module: what bridges post, and what the pop-up in the Desk asks for."""

import json
from datetime import datetime, timezone

import frappe
from frappe import _

from aftersales import __version__
from aftersales.telephony import calls, ingest, presence, routing
from aftersales.telephony.doctype.caller_id_bridge.caller_id_bridge import ROLE as BRIDGE_ROLE
from aftersales.telephony.doctype.caller_id_bridge.caller_id_bridge import own_bridge
from aftersales.utils.access import check_permission

MAX_EVENTS = 100
MAX_SHOWN = 50


class MalformedBatchError(frappe.ValidationError):
	"""The batch as a whole cannot be read; no event of it was stored."""


@frappe.whitelist(methods=["POST"])
def post_events(bridge_id: str, events: list | str, sent_at: str | None = None) -> dict:
	"""Take a batch of events from a bridge: each is stored once, whatever happens on the way.

	:param bridge_id: the Caller ID Bridge, whose user must be the session's.
	:param events: list of at most 100 event objects, or the same as JSON text.
	:param sent_at: the bridge's clock at sending, ISO 8601 with zone.
	:return: `results`, for each event in order `event_id`, `status` (accepted, duplicate, rejected), `reason` and
	        `call`; and `server_time`.
	:raises frappe.PermissionError: wrong role, or a bridge that is unknown, disabled or another user's.
	:raises MalformedBatchError: not a list, or more than 100 events.
	"""
	frappe.only_for(BRIDGE_ROLE)
	bridge = own_bridge(bridge_id)
	results = ingest.store_batch(bridge, _list_of(events, MAX_EVENTS), sent_at)
	return {"results": results, "server_time": _utc_now()}


@frappe.whitelist(methods=["GET", "POST"])
def check_bridge(bridge_id: str) -> dict:
	"""Tell a bridge whether its account works and which lines the site knows.

	:param bridge_id: the Caller ID Bridge, whose user must be the session's.
	:raises frappe.PermissionError: wrong role, or a bridge that is unknown, disabled or another user's.
	"""
	frappe.only_for(BRIDGE_ROLE)
	bridge = own_bridge(bridge_id)
	lines = frappe.get_all(
		"Phone Line",
		{"bridge": bridge},
		["source_line", "line_title as title", "enabled"],
		order_by="source_line asc",
	)
	return {
		"bridge": bridge,
		"enabled": True,
		"lines": lines,
		"server_time": _utc_now(),
		"version": __version__,
	}


@frappe.whitelist(methods=["GET", "POST"])
def my_ringing_calls(shown: list | str | None = None) -> list[dict]:
	"""Return the calls that ring on my lines or that I am in, so that a browser misses none while it was away.

	:param shown: names of calls that the browser shows, at most 50; they are returned as they are now.
	"""
	check_permission("Service Call")
	return calls.current(frappe.session.user, _names(shown))


@frappe.whitelist(methods=["GET", "POST"])
def popup_state(shown: list | str | None = None) -> dict:
	"""Return `calls` as `my_ringing_calls` does, on how many `lines` I am, my own state and the settings of the pop-up.

	:param shown: see `my_ringing_calls`.
	"""
	check_permission("Service Call")
	settings = frappe.get_cached_doc("Aftersales Settings")
	lines = routing.lines_of(frappe.session.user)
	return {
		"calls": calls.current(frappe.session.user, _names(shown), lines),
		"lines": len(lines),
		"me": presence.state_of(frappe.session.user),
		"sound": settings.popup_sound,
		"seconds_after_end": settings.popup_seconds_after_end,
	}


@frappe.whitelist(methods=["GET", "POST"])
def get_call_card(call: str) -> dict:
	"""Return who calls with tickets, earlier calls and maybes, cut to what I may read (S2.06, S7.01-S7.04).

	:param call: name of a Service Call.
	:raises frappe.PermissionError: no read permission for the call.
	"""
	frappe.get_doc("Service Call", call).check_permission("read")
	return calls.card(call, frappe.session.user)


@frappe.whitelist(methods=["POST"])
def take_call(call: str) -> dict:
	"""Say that I speak with the caller; the line's other agents see it.

	:param call: name of a Service Call on one of my lines.
	:return: the pop-up message of the call.
	"""
	frappe.get_doc("Service Call", call).check_permission("write")
	return calls.take(call, frappe.session.user)


@frappe.whitelist(methods=["POST"])
def finish_call(call: str) -> dict:
	"""Say that I have put down the handset: a plain modem cannot tell.

	:param call: name of a Service Call that I took.
	:return: the pop-up message of the call.
	:raises frappe.PermissionError: somebody else's call.
	"""
	frappe.get_doc("Service Call", call).check_permission("write")
	return calls.finish(call, frappe.session.user)


@frappe.whitelist(methods=["GET", "POST"])
def my_phone_state() -> dict:
	"""Return whether I take calls, on which telephone, and the call that I am in; see `presence.state_of`."""
	check_permission("Service Call")
	return presence.state_of(frappe.session.user)


@frappe.whitelist(methods=["POST"])
def set_my_phone_state(
	do_not_disturb: bool | None = None, minutes: int | None = None, extension: str | None = None
) -> dict:
	"""Change whether I take calls, and on which telephone. All my open Desks follow.

	:param do_not_disturb: no call pops up for me; None leaves it as it is.
	:param minutes: after that I take calls again; without, when I say so.
	:param extension: the telephone that I sit at; empty for the one of Service Staff, None leaves it.
	:return: the state, see `presence.state_of`.
	:raises frappe.PermissionError: no state of one's own is allowed to the user's roles.
	"""
	check_permission("Service Call")
	check_permission("Agent Phone State", "create")
	quiet = None if do_not_disturb is None else bool(frappe.utils.sbool(do_not_disturb))
	return presence.change(frappe.session.user, quiet, minutes, extension)


@frappe.whitelist(methods=["POST"])
def link_customer(call: str, customer: str) -> dict:
	"""Say who has called, as after a new customer was made from the pop-up (S2.05).

	:param call: name of a Service Call.
	:param customer: name of a Service Customer that I may read.
	:return: the pop-up message of the call.
	"""
	frappe.get_doc("Service Call", call).check_permission("write")
	frappe.get_doc("Service Customer", customer).check_permission("read")
	return calls.set_customer(call, customer, frappe.session.user)


def _utc_now() -> str:
	return datetime.now(timezone.utc).isoformat(timespec="milliseconds")


def _names(value: list | str | None) -> list[str]:
	return [name for name in _list_of(value or [], MAX_SHOWN) if isinstance(name, str)]


def _list_of(value: list | str, most: int) -> list:
	if isinstance(value, str):
		try:
			value = json.loads(value)
		except ValueError:
			value = None
	if not isinstance(value, list):
		frappe.throw(_("A JSON list is expected."), MalformedBatchError)
	if len(value) > most:
		frappe.throw(
			_("{0} entries in one request; send at most {1}.").format(len(value), most), MalformedBatchError
		)
	return value
