"""What the call log forgets by itself: recordings, device events and calls older than Aftersales Settings allow.

Runs at night in batches, each committed by itself, and may be stopped anywhere. Calls that an open ticket or complaint
came from stay, with their recording, whatever their age; so do calls that other documents name as their source. What
is deleted because of its age is gone for good, which is what a limit of storage is for: the deletion log holds what
people delete, a comment of Aftersales Settings says how much went by age.
"""

import time
from datetime import datetime

import frappe
from frappe import _
from frappe.utils import add_months, cint, now_datetime

from aftersales.telephony import recordings
from aftersales.telephony.call_state import OVER
from aftersales.telephony.doctype.service_call.service_call import LINKS

BATCH = 200
EVENTS = 1000
# A night has room for this much; the rest is next night's.
MOST_SECONDS = 20 * 60


def prune() -> dict[str, int]:
	"""Daily job: delete what is older than the settings say.

	:return: how many recordings, events and calls were deleted.
	"""
	settings = frappe.get_cached_doc("Aftersales Settings")
	until = time.monotonic() + MOST_SECONDS
	counts = {}
	for what, field, batch in (
		("recordings", "keep_recordings_months", _delete_recordings),
		("calls", "keep_calls_months", _delete_calls),
		("events", "keep_call_events_months", _delete_events),
	):
		months = cint(settings.get(field))
		before = add_months(now_datetime(), -months) if months else None
		counts[what] = _in_batches(batch, before, until) if before else 0
	if any(counts.values()):
		_note(counts)
	return counts


def kept(names: list[str]) -> set[str]:
	"""Return those of some calls that must stay: an open ticket or complaint, or another document, came from them."""
	if not names:
		return set()
	tickets = frappe.get_all(
		"Service Ticket", {"service_call": ("in", names), "completed": 0}, pluck="service_call"
	)
	found = set(tickets)
	for field in _dynamic_links():
		filters = {field.options: "Service Call", field.fieldname: ("in", names)}
		if field.parent == "Customer Complaint":
			filters["stage"] = ("!=", "Done")
		found.update(frappe.get_all(field.parent, filters, pluck=field.fieldname))
	return found


def _in_batches(batch, before: datetime, until: float) -> int:
	"""Delete batch by batch; `batch` returns how many it deleted and where the next one goes on, None at the end."""
	deleted, place = 0, None
	while time.monotonic() < until:
		count, place = batch(before, place)
		deleted += count
		frappe.db.commit()
		if place is None:
			break
	return deleted


def _delete_recordings(before: datetime, place: tuple | None) -> tuple[int, tuple | None]:
	call = frappe.qb.DocType("Service Call")
	rows = _calls(before, place, call.recording_state == recordings.STORED)
	stay = kept([row.name for row in rows])
	gone = [row for row in rows if row.name not in stay]
	for row in gone:
		recordings.remove(row.name, row.recording)
	return len(gone), _next(rows)


def _delete_calls(before: datetime, place: tuple | None) -> tuple[int, tuple | None]:
	rows = _calls(before, place)
	stay = kept([row.name for row in rows])
	gone = [row.name for row in rows if row.name not in stay]
	_unlink(gone)
	for name in gone:
		frappe.delete_doc("Service Call", name, force=True, ignore_permissions=True, delete_permanently=True)
	return len(gone), _next(rows)


def _delete_events(before: datetime, place: tuple | None) -> tuple[int, tuple | None]:
	names = frappe.get_all(
		"Call Event",
		{"received_at": ("<", before)},
		pluck="name",
		order_by="received_at asc",
		limit=EVENTS,
		ignore_ifnull=True,
	)
	if names:
		frappe.db.delete("Call Event", {"name": ("in", names)})
	return len(names), (before, "") if len(names) == EVENTS else None


def _calls(before: datetime, place: tuple | None, *conditions) -> list[frappe._dict]:
	"""Return the next calls that are over and old enough, the oldest first."""
	call = frappe.qb.DocType("Service Call")
	query = (
		frappe.qb.from_(call)
		.select(call.name, call.started_at, call.recording)
		.where((call.started_at < before) & call.state.isin(OVER))
		.orderby(call.started_at, call.name)
		.limit(BATCH)
	)
	for condition in conditions:
		query = query.where(condition)
	if place:
		moment, name = place
		query = query.where((call.started_at > moment) | ((call.started_at == moment) & (call.name > name)))
	return query.run(as_dict=True)


def _next(rows: list[frappe._dict]) -> tuple | None:
	return (rows[-1].started_at, rows[-1].name) if len(rows) == BATCH else None


def _unlink(names: list[str]) -> None:
	"""Take calls out of closed tickets and complaints, which could not be saved any more with a link to nothing."""
	if not names:
		return
	for doctype, fieldname in LINKS:
		frappe.db.set_value(doctype, {fieldname: ("in", names)}, fieldname, None, update_modified=False)
	frappe.db.set_value(
		"Customer Complaint",
		{"source_doctype": "Service Call", "source_name": ("in", names)},
		{"source_doctype": None, "source_name": None},
		update_modified=False,
	)


def _dynamic_links() -> list[frappe._dict]:
	"""Return the fields of our documents that may name a call as their source."""
	own = frappe.get_all("Module Def", {"app_name": "aftersales"}, pluck="name")
	doctypes = frappe.get_all("DocType", {"module": ("in", own), "issingle": 0}, pluck="name")
	return frappe.get_all(
		"DocField",
		{"fieldtype": "Dynamic Link", "parent": ("in", [d for d in doctypes if d != "Service Call"])},
		["parent", "fieldname", "options"],
	)


def _note(counts: dict[str, int]) -> None:
	frappe.get_doc("Aftersales Settings").add_comment(
		"Info",
		_("Deleted because of their age: {0} calls, {1} recordings, {2} device events.").format(
			counts["calls"], counts["recordings"], counts["events"]
		),
	)
	frappe.db.commit()
