"""Storing what bridges report: each event once, its call brought up to date, the agents told after commit.

An event's ID is the primary key of Call Event, so of two requests with the same event only one can insert it; the
calls change in the same transaction. A batch is stored as a whole: its events with one statement, its calls locked with
one, changed in memory and written once each (`call_store`), callers and lines looked up together.
"""

import random
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import frappe
from frappe import _
from frappe.utils import now_datetime

from aftersales.telephony import call_backs, call_state, dialling, extensions, popup, presence, routing
from aftersales.telephony.call_store import CALL_FIELDS, CallExistsError, Calls, insert_rows
from aftersales.telephony.caller import CallerMatch, find_all, place_of_line
from aftersales.telephony.events import DEVICE_KINDS, Event, EventRejected, parse, parse_time
from aftersales.telephony.numbers import Number, format_number, normalise

ATTEMPTS = 6
# MariaDB 11.6 and later say so where a locking read meets a row that changed since the snapshot.
CHANGED_SINCE_READ = 1020
# Title of a call without number and name, the same in every language.
NOBODY = "—"
SEEN_EVERY = timedelta(seconds=15)
EVENT_FIELDS = (
	"name",
	"service_call",
	"kind",
	"seq",
	"bridge",
	"source_line",
	"happened_at",
	"received_at",
	"age_ms",
	"live",
	"payload",
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
		except (
			CallExistsError,
			frappe.QueryDeadlockError,
			frappe.TimestampMismatchError,
			frappe.db.OperationalError,
		) as e:
			if isinstance(e, frappe.db.OperationalError) and e.args[0] != CHANGED_SINCE_READ:
				raise
			# Nothing of the transaction stays, so the whole batch is done again.
			frappe.db.rollback()
			time.sleep(random.uniform(0, 0.01 * 2**attempt))
	frappe.db.rollback()
	raise SiteBusyError(_("The site is busy. Send the events again."))


class _Batch:
	"""The events of one request, in order; each changed call is written and published once."""

	def __init__(self, bridge: str, sent_at: str | None):
		self.bridge = bridge
		self.received_at = now_datetime()
		sent = parse_time(sent_at)
		self.skew = sent - datetime.now(timezone.utc) if sent else timedelta()
		self.skew_known = bool(sent)
		self.live_seconds = frappe.get_cached_doc("Aftersales Settings").live_event_seconds or 0
		self.lines: dict[str, frappe._dict | None] = {}
		self.calls = Calls()
		self.matches: dict[Number, CallerMatch] = {}
		# Calls by name: to be told to agents, in which an agent may have begun to talk, whose number may be settled.
		self.changed: dict[str, frappe._dict] = {}
		self.talks: dict[str, frappe._dict] = {}
		self.settled: dict[str, frappe._dict] = {}

	def store(self, events: list) -> list[dict]:
		checked = [self._checked(data) for data in events]
		fresh = self._insert_events(checked)
		self._prepare(fresh)
		for answer, event in fresh:
			answer.update(status="accepted", call=self._apply(event))
		self.calls.write()
		for call in self.talks.values():
			if call.agent and call.state == "Answered":
				presence.begin_call(call.agent, call.name)
		call_backs.settle_all(list(self.settled.values()))
		popup.publish_all([(call, self.lines[call.source_line]) for call in self.changed.values()])
		self._note_contact()
		return [answer for answer, _event in checked]

	def _checked(self, data: object) -> tuple[dict, Event | None]:
		"""The answer to an event, and the event itself unless it is rejected."""
		event_id = data.get("event_id") if isinstance(data, dict) else None
		answer = {"event_id": event_id if isinstance(event_id, str) else None, "reason": None, "call": None}
		try:
			return answer, parse(data, self.received_at, self.skew, self.live_seconds)
		except EventRejected as e:
			return _rejected(answer, str(e)), None

	def _insert_events(self, checked: list[tuple[dict, Event | None]]) -> list[tuple[dict, Event]]:
		"""Store the events that are new, lock their calls, and return them with their answers; answer all others."""
		bridges = self._bridges_of_calls([event for _answer, event in checked if event])
		first: set[str] = set()
		fresh, again = [], []
		for answer, event in checked:
			if not event:
				continue
			if bridges.get(_key(event.call_uuid), self.bridge) != self.bridge:
				_rejected(answer, _("call_uuid belongs to a call of another bridge."))
			elif _key(event.event_id) in first:
				again.append((answer, event))
			else:
				first.add(_key(event.event_id))
				fresh.append((answer, event))
		stored = self._insert([event for _answer, event in fresh])
		again += [(answer, event) for answer, event in fresh if event.event_id not in stored]
		fresh = [(answer, event) for answer, event in fresh if event.event_id in stored]
		self._answer_duplicates(again)
		self.calls.lock(sorted({_key(event.call_uuid) for _answer, event in fresh} & bridges.keys()))
		return fresh

	def _bridges_of_calls(self, events: list[Event]) -> dict[str, str]:
		"""Return the calls that are there, each with its bridge, which never changes.

		Only rows that exist are locked later: locking a gap would let parallel new calls deadlock.
		"""
		names = sorted({event.call_uuid for event in events if event.call_uuid})
		if not names:
			return {}
		call = frappe.qb.DocType("Service Call")
		rows = frappe.qb.from_(call).select(call.name, call.bridge).where(call.name.isin(names)).run()
		return {_key(name): bridge for name, bridge in rows}

	def _insert(self, events: list[Event]) -> set[str]:
		"""Insert events and return the IDs of those that were not there already."""
		rows = [self._row(event) for event in events]
		try:
			insert_rows("Call Event", EVENT_FIELDS, rows)
			return {event.event_id for event in events}
		except Exception as e:
			if not frappe.db.is_duplicate_entry(e):
				raise
		if len(events) == 1:
			return set()
		# The bridge did not hear the answer the last time; often that is true for all of them.
		middle = len(events) // 2
		return self._insert(events[:middle]) | self._insert(events[middle:])

	def _row(self, event: Event) -> dict:
		return {
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

	def _answer_duplicates(self, again: list[tuple[dict, Event]]) -> None:
		"""An ID that comes again must stand for the same event; else something would get lost unnoticed."""
		if not again:
			return
		# A locking read sees what another request committed while this one waited for it.
		table = frappe.qb.DocType("Call Event")
		rows = (
			frappe.qb.from_(table)
			.select(table.name, table.bridge, table.service_call, table.kind, table.seq)
			.where(table.name.isin(sorted({event.event_id for _answer, event in again})))
			.for_update()
		).run()
		stored = {_key(name): (bridge, _key(call), kind, seq) for name, bridge, call, kind, seq in rows}
		for answer, event in again:
			same = (self.bridge, _key(event.call_uuid), event.kind, event.seq)
			if stored.get(_key(event.event_id)) == same:
				answer.update(status="duplicate", call=event.call_uuid)
			else:
				_rejected(answer, _("event_id was used before, for another event."))

	def _prepare(self, fresh: list[tuple[dict, Event]]) -> None:
		"""Read the lines and look up the callers of all events at once: eight lines may ring in the same moment."""
		events = [event for _answer, event in fresh]
		self._read_lines({event.line for event in events})
		numbers = (self._number(event, self._line_of(event)) for event in self._with_numbers(events))
		self.matches.update(find_all(numbers))

	def _with_numbers(self, events: list[Event]) -> Iterator[Event]:
		for event in events:
			call = self.calls.get(event.call_uuid)
			if event.call_uuid and event.number_raw and not (call and call.number_raw):
				yield event

	def _line_of(self, event: Event) -> frappe._dict | None:
		call = self.calls.get(event.call_uuid)
		return self._line(call.source_line if call else event.line)

	def _number(self, event: Event, line: frappe._dict | None) -> Number:
		# A number that came although the caller withheld it is not used.
		return normalise(_shown(event), *place_of_line(line))

	def _apply(self, event: Event) -> str | None:
		"""Do what a new event asks for; name of its call."""
		if event.kind in DEVICE_KINDS:
			self._device_changed(event)
			return None
		if event.kind == "dial_failed":
			dialling.failed(self.bridge, event)
		if not event.call_uuid:
			return None
		call = self._bring_up_to_date(event)
		if call.live and (event.fresh or call.state in call_state.OVER):
			self.changed[call.name] = call
		return call.name

	def _bring_up_to_date(self, event: Event) -> frappe._dict:
		"""Make or change the event's call and return its fields."""
		call = self.calls.get(event.call_uuid)
		if not call:
			call = changes = self._new_call(event)
			self.calls.add(call)
			self._end_talk_before(call)
		elif changes := self._changes(call, event):
			self.calls.change(call, changes)
		# Who answered at a telephone of ours is busy from then on.
		if "state" in changes or "agent" in changes:
			self.talks[call.name] = call
		if "state" in changes:
			self.settled[call.name] = call
		return call

	def _end_talk_before(self, call: frappe._dict) -> None:
		"""A line that rings anew is free: what an agent took there in the Desk is over, though nobody said so."""
		line = self._line(call.source_line)
		if not line or not line.talk or not call.live:
			return
		if not self.calls.get(line.talk):
			self.calls.lock([line.talk])
		talk = self.calls.get(line.talk)
		if talk and talk.state == "Answered" and talk.started_at < call.started_at:
			self.calls.change(talk, call_state.ended_at(talk, call.started_at))
			self.changed[talk.name] = talk
			self._line(talk.source_line)
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
		number = self._number(event, self._line(call.source_line))
		match = self.matches.get(number) or find_all([number])[number]
		sure = match.sure
		withheld = number.presentation if event.presentation == "allowed" else event.presentation
		fields = {
			"number_raw": _shown(event),
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
		"""Return the Phone Line with the users to tell, read once per batch; None if nobody set it up yet."""
		if source_line not in self.lines:
			self._read_lines({source_line})
		return self.lines[source_line]

	def _read_lines(self, source_lines: set[str]) -> None:
		if source_lines:
			self.lines.update(dict.fromkeys(source_lines))
			self.lines.update(routing.read_device_lines(self.bridge, sorted(source_lines), self.received_at))

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


def _rejected(answer: dict, reason: str) -> dict:
	answer.update(status="rejected", reason=reason)
	return answer


def _shown(event: Event) -> str:
	return event.number_raw if event.presentation == "allowed" else ""


def _key(name: str | None) -> str | None:
	"""A name for comparing: the database does not tell large letters from small ones."""
	return name and name.casefold()
