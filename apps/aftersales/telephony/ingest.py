"""Storing what bridges report: each event once, its call brought up to date, the agents told after commit.

An event's ID is the primary key of Call Event, so of two requests with the same event only one can insert it; the
call changes in the same transaction. Calls are written with plain statements while the telephone rings, because
each millisecond counts there; when a call is over, its document is saved, so that a site's own Notifications,
Webhooks and Server Scripts on Service Call run with everything known.
"""

import random
import time
from datetime import datetime, timedelta, timezone

import frappe
from frappe import _
from frappe.utils import now_datetime

from aftersales.telephony import call_backs, call_state, dialling, extensions, popup, presence, routing
from aftersales.telephony.caller import lookup
from aftersales.telephony.events import DEVICE_KINDS, Event, EventRejected, parse, parse_time
from aftersales.telephony.numbers import format_number

ATTEMPTS = 6
# MariaDB 11.6 and later say so where a locking read meets a row that changed since the snapshot.
CHANGED_SINCE_READ = 1020
# Title of a call without number and name, the same in every language.
NOBODY = "—"
SEEN_EVERY = timedelta(seconds=15)
CALL_FIELDS = (
	"name",
	"bridge",
	"source_line",
	"phone_line",
	"direction",
	"state",
	"started_at",
	"answered_at",
	"ended_at",
	"duration",
	"live",
	"last_seq",
	"revision",
	"ring_count",
	"cause",
	"name_raw",
	"number_raw",
	"number_key",
	"number_display",
	"presentation",
	"caller",
	"customer",
	"party_type",
	"party",
	"match_level",
	"agent",
	"agent_extension",
	"did",
	"source_call_id",
	"dial_request",
	"recording_reference",
	"recording_state",
	"recording_seconds",
	"call_back_state",
)


class SiteBusyError(frappe.ValidationError):
	"""The database was too busy for this request; the same request may be sent again."""

	http_status_code = 503


def store_batch(bridge: str, events: list, sent_at: str | None) -> list[dict]:
	"""Store a batch of events and return an answer for each; the caller's transaction commits them.

	:param bridge: name of the Caller ID Bridge.
	:param events: what came, at most as many as the API allows.
	:param sent_at: the bridge's clock when it sent the batch, ISO 8601.
	:return: dicts with event_id, status (accepted, duplicate, rejected), reason and call.
	:raises SiteBusyError: several deadlocks in a row; nothing was stored.
	"""
	for attempt in range(ATTEMPTS):
		try:
			return _Batch(bridge, sent_at).store(events)
		except frappe.QueryTimeoutError:
			break
		except (frappe.QueryDeadlockError, frappe.TimestampMismatchError, frappe.db.OperationalError) as e:
			if isinstance(e, frappe.db.OperationalError) and e.args[0] != CHANGED_SINCE_READ:
				raise
			# The database took the whole transaction back, so the whole batch is done again.
			frappe.db.rollback()
			time.sleep(random.uniform(0, 0.01 * 2**attempt))
	frappe.db.rollback()
	raise SiteBusyError(_("The site is busy. Send the events again."))


def locked_call(name: str) -> frappe._dict | None:
	"""Return a call's fields, with its row locked until the transaction ends; None if there is none."""
	call = frappe.qb.DocType("Service Call")
	rows = frappe.qb.from_(call).select(*CALL_FIELDS).where(call.name == name).for_update().run(as_dict=True)
	return rows[0] if rows else None


def write_call(call: frappe._dict, changes: dict) -> None:
	"""Write changed fields of a locked call and count its revision, by which clients tell old news from new."""
	call.update(changes, revision=call.revision + 1)
	frappe.db.set_value("Service Call", call.name, {**changes, "revision": call.revision})


def end_call(call: frappe._dict, changes: dict) -> None:
	"""Write the changes that end a locked call: as a document, with what the site hangs on it; its agent is free again."""
	if not _save_document(call, changes):
		write_call(call, changes)
	if call.agent:
		presence.end_call(call.agent, call.name)


class _Batch:
	"""The events of one request, in order; lines are read once, each changed call is published once."""

	def __init__(self, bridge: str, sent_at: str | None):
		self.bridge = bridge
		self.received_at = now_datetime()
		sent = parse_time(sent_at)
		self.skew = sent - datetime.now(timezone.utc) if sent else timedelta()
		self.skew_known = bool(sent)
		self.live_seconds = frappe.get_cached_doc("Aftersales Settings").live_event_seconds or 0
		self.lines: dict[str, frappe._dict | None] = {}
		self.changed: dict[str, frappe._dict] = {}
		self.reported: set[str] = set()

	def store(self, events: list) -> list[dict]:
		self.reported = {
			data["line"] for data in events if isinstance(data, dict) and _is_name(data.get("line"))
		}
		results = [self._answer(data) for data in events]
		for call in self.changed.values():
			popup.publish(call, self.lines[call.source_line])
		self._note_contact()
		return results

	def _answer(self, data: object) -> dict:
		event_id = data.get("event_id") if isinstance(data, dict) else None
		answer = {"event_id": event_id if isinstance(event_id, str) else None, "reason": None, "call": None}
		frappe.db.savepoint("call_event")
		try:
			event = parse(data, self.received_at, self.skew, self.live_seconds)
			return {**answer, **self._store_event(event)}
		except EventRejected as e:
			frappe.db.rollback(save_point="call_event")
			return {**answer, "status": "rejected", "reason": str(e)}

	def _store_event(self, event: Event) -> dict:
		if not self._insert_event(event):
			return self._check_duplicate(event)
		if event.kind in DEVICE_KINDS:
			self._device_changed(event)
			return {"status": "accepted"}
		if event.kind == "dial_failed":
			dialling.failed(self.bridge, event)
		if not event.call_uuid:
			return {"status": "accepted"}
		call = self._bring_up_to_date(event)
		if call.live and (event.fresh or call.state in call_state.OVER):
			self.changed[call.name] = call
		return {"status": "accepted", "call": call.name}

	def _insert_event(self, event: Event) -> bool:
		"""Store the event; False if one with its ID is there already."""
		row = {
			"name": event.event_id,
			"service_call": event.call_uuid,
			"kind": event.kind,
			"seq": event.seq,
			"bridge": self.bridge,
			"source_line": event.line,
			"happened_at": event.happened_at,
			"received_at": event.received_at,
			"age_ms": event.age_ms,
			"live": int(event.fresh),
			"payload": event.payload,
		}
		return _insert("Call Event", row)

	def _check_duplicate(self, event: Event) -> dict:
		"""An ID that comes again must stand for the same event; else something would get lost unnoticed."""
		# A locking read sees what another request committed while this one waited for it.
		stored = frappe.db.get_value(
			"Call Event",
			event.event_id,
			["bridge", "service_call", "kind", "seq"],
			as_dict=True,
			for_update=True,
		)
		same = stored and (stored.bridge, stored.service_call, stored.kind, stored.seq) == (
			self.bridge,
			event.call_uuid,
			event.kind,
			event.seq,
		)
		if not same:
			raise EventRejected(_("event_id was used before, for another event."))
		return {"status": "duplicate", "call": stored.service_call}

	def _bring_up_to_date(self, event: Event) -> frappe._dict:
		"""Make or change the event's call and return its fields."""
		# Only rows that exist are locked: locking a gap would let parallel new calls deadlock.
		if not frappe.db.exists("Service Call", event.call_uuid):
			call = self._new_call(event)
			if _insert("Service Call", call):
				self._end_talk_before(call)
				self._begin_talk(call, call)
				call_backs.settle(call)
				return call
		call = self._own_call(event)
		if changes := self._changes(call, event):
			if changes.get("state") in call_state.OVER:
				end_call(call, changes)
			else:
				write_call(call, changes)
				self._begin_talk(call, changes)
			if "state" in changes:
				call_backs.settle(call)
		return call

	def _begin_talk(self, call: frappe._dict, changes: dict) -> None:
		"""Who answered at a telephone of ours is busy from then on."""
		if call.agent and call.state == "Answered" and ("state" in changes or "agent" in changes):
			presence.begin_call(call.agent, call.name)

	def _end_talk_before(self, call: frappe._dict) -> None:
		"""A line that rings anew is free: what an agent took there in the Desk is over, though nobody said so."""
		line = self.lines[call.source_line]
		if not line or not line.talk or not call.live:
			return
		talk = locked_call(line.talk)
		if talk and talk.state == "Answered" and talk.started_at < call.started_at:
			end_call(talk, call_state.ended_at(talk, call.started_at))
			self.changed[talk.name] = talk
		line.talk = None

	def _new_call(self, event: Event) -> frappe._dict:
		line = self._line(event.line)
		call = frappe._dict(
			dict.fromkeys(CALL_FIELDS) | call_state.new_call(event),
			name=event.call_uuid,
			bridge=self.bridge,
			phone_line=line and line.name,
			match_level="None",
			caller=event.name_raw or NOBODY,
		)
		call.update(self._changes(call, event))
		call.agent_name = call.agent and frappe.utils.get_fullname(call.agent)
		return call

	def _own_call(self, event: Event) -> frappe._dict:
		call = locked_call(event.call_uuid)
		if not call or call.bridge != self.bridge:
			raise EventRejected(_("call_uuid belongs to a call of another bridge."))
		self._line(call.source_line)
		return call

	def _changes(self, call: frappe._dict, event: Event) -> dict:
		changes = call_state.changes(call, event)
		if call_state.shows_number(call, event):
			changes.update(self._caller(call, event))
		if changes.get("dial_request"):
			changes.update(dialling.dialled(self.bridge, call, changes["dial_request"]))
		if changes.get("agent_extension") or "state" in changes:
			changes.update(extensions.agent_of_call({**call, **changes}, self._line(event.line)))
		changes.update(call_backs.state_of({**call, **changes}))
		return changes

	def _caller(self, call: frappe._dict, event: Event) -> dict:
		"""Return the fields that say who calls; what an agent entered meanwhile stays."""
		# A number that came although the caller withheld it is not used.
		shown = event.number_raw if event.presentation == "allowed" else ""
		match = lookup(shown, self.lines[call.source_line])
		number, sure = match.number, match.sure
		withheld = number.presentation if event.presentation == "allowed" else event.presentation
		fields = {
			"number_raw": shown,
			"number_key": number.key,
			"extension": number.extension,
			"number_display": format_number(number),
			"presentation": withheld.title(),
		}
		if not call.customer:
			fields["match_level"] = "Withheld" if withheld != "allowed" else match.level.title()
			fields["caller"] = (
				sure.display_name if sure else fields["number_display"] or event.name_raw or NOBODY
			)
			if sure:
				fields.update(customer=sure.customer, party_type=sure.party_type, party=sure.party)
		return fields

	def _line(self, source_line: str) -> frappe._dict | None:
		"""Return the Phone Line with the users to tell, read once per batch; None if nobody set it up yet.

		All lines that the batch speaks of are read at once: eight may ring in the same moment.
		"""
		if source_line not in self.lines:
			unread = sorted({source_line, *self.reported} - self.lines.keys())
			self.lines.update(dict.fromkeys(unread))
			self.lines.update(routing.read_device_lines(self.bridge, unread, self.received_at))
		return self.lines[source_line]

	def _device_changed(self, event: Event) -> None:
		line = self._line(event.line)
		if line and (not line.device_state_at or line.device_state_at <= event.happened_at):
			state = "Connected" if event.kind == "device_up" else "Disconnected"
			values = {"device_state": state, "device_state_at": event.happened_at}
			frappe.db.set_value("Phone Line", line.name, values, update_modified=False)
			line.update(values)

	def _note_contact(self) -> None:
		"""Remember when the bridge was heard; last in the transaction and seldom, since its requests share the row."""
		bridge = frappe.qb.DocType("Caller ID Bridge")
		update = frappe.qb.update(bridge).set(bridge.last_seen, self.received_at)
		if self.skew_known:
			update = update.set(bridge.clock_skew, round(self.skew.total_seconds(), 3))
		update.where(
			(bridge.name == self.bridge)
			& (bridge.last_seen.isnull() | (bridge.last_seen < self.received_at - SEEN_EVERY))
		).run()


def _save_document(call: frappe._dict, changes: dict) -> bool:
	"""Save a finished call as a document, for what the site itself hangs on it; False if that failed.

	A mistake in a site's own script must not cost the call: it is logged and the call written without it.
	"""
	frappe.db.savepoint("call_document")
	try:
		doc = frappe.get_doc("Service Call", call.name, for_update=True)
		doc.update(changes | {"revision": call.revision + 1})
		doc.flags.update(by_machine=True, ignore_links=True, ignore_mandatory=True, ignore_version=True)
		doc.save(ignore_permissions=True)
	except (frappe.QueryDeadlockError, frappe.QueryTimeoutError, frappe.TimestampMismatchError):
		raise
	except frappe.db.OperationalError:
		raise
	except Exception:
		frappe.db.rollback(save_point="call_document")
		frappe.log_error(f"Service Call {call.name}: what runs when a call is saved failed")
		return False
	call.update(changes, revision=call.revision + 1)
	return True


def _is_name(line: object) -> bool:
	return isinstance(line, str) and 0 < len(line) <= 32


def _insert(doctype: str, values: dict) -> bool:
	"""Insert a row with one statement; False if its name exists already."""
	stamp, user = now_datetime(), frappe.session.user
	row = {**values, "owner": user, "modified_by": user, "creation": stamp, "modified": stamp}
	table = frappe.qb.DocType(doctype)
	try:
		frappe.qb.into(table).columns(*row).insert(*row.values()).run()
	except Exception as e:
		if not frappe.db.is_duplicate_entry(e):
			raise
		return False
	return True
