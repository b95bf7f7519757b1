"""Deadlines that an administrator sets in Service Level: which ones a document gets, and how its states move them.

Works for each DocType whose controller names the two steps in `deadline_fields`; hooks.py calls `plan` and `apply` for it.
"""

import frappe
from frappe.model.document import Document
from frappe.model.workflow import get_workflow, get_workflow_name
from frappe.utils import cint, now_datetime

from aftersales.aftersales.deadlines import clock

RESPONSE, RESOLUTION = "Response", "Resolution"
HOURS = {RESPONSE: "response_hours", RESOLUTION: "resolution_hours"}
CONDITIONS = ("record_type", "urgency", "vip_level")
FIELDS = [
	"name",
	"priority",
	*CONDITIONS,
	*HOURS.values(),
	"warn_before_hours",
	"working_time",
]
CACHE = "aftersales_service_levels"


def levels_of(doctype: str) -> list[dict]:
	"""Return the enabled Service Levels of a DocType with their `pause_states`, best kept in the cache."""
	return frappe.cache().hget(CACHE, doctype, lambda: _read_levels(doctype))


def _read_levels(doctype: str) -> list[dict]:
	levels = frappe.get_all(
		"Service Level", filters={"document_type": doctype, "enabled": 1}, fields=FIELDS, order_by="name"
	)
	for level in levels:
		level.pause_states = frappe.get_all(
			"Service Level Pause",
			filters={"parent": level.name, "parenttype": "Service Level"},
			pluck="state",
		)
	return levels


def forget_levels() -> None:
	"""Empty the cache now, and again when the transaction has ended either way."""

	def clear():
		frappe.cache().delete_value(CACHE)

	clear()
	frappe.db.after_commit.add(clear)
	frappe.db.after_rollback.add(clear)


def level_of(doc: Document) -> dict | None:
	"""Return the Service Level of a document: of those whose conditions all fit, the one with the most conditions.

	Of several with as many, the one with the highest priority, then the first by name.
	"""
	levels = levels_of(doc.doctype)
	values = {"record_type": doc.get("record_type"), "urgency": doc.get("urgency")}
	if any(level.vip_level for level in levels):
		values["vip_level"] = vip_level_of(doc)
	fitting = [level for level in levels if all(level[c] in (None, "", values.get(c)) for c in CONDITIONS)]
	if not fitting:
		return None
	return min(
		fitting,
		key=lambda level: (-sum(bool(level[c]) for c in CONDITIONS), -cint(level.priority), level.name),
	)


def vip_level_of(doc: Document) -> str | None:
	"""Return the VIP Level of the document's customer."""
	customer = doc.get("customer")
	return frappe.db.get_value("Service Customer", customer, "vip_level") if customer else None


def steps_of(level: dict) -> list[clock.Step]:
	"""Return the steps of a Service Level that have a deadline."""
	return [
		clock.Step(step, level[field], level.working_time, level.warn_before_hours or None)
		for step, field in HOURS.items()
		if level[field]
	]


def plan(doc: Document, method: str | None = None) -> None:
	"""Find the level of a document that is being saved, and show a new one's deadlines before it is written.

	:param doc: the document, after its own validation.
	:param method: name of the document event, unused.
	"""
	before = doc.get_doc_before_save()
	for field in (*doc.deadline_fields.values(), "deadline_state"):
		doc.set(field, before.get(field) if before else None)
	if before and not _conditions_changed(doc, before):
		doc.service_level = before.service_level
		return
	level = level_of(doc)
	doc.service_level = level.name if level else None
	if not before and level and not doc.completed:
		now = now_datetime()
		doc.flags.planned_steps = steps_of(level)
		for step in doc.flags.planned_steps:
			doc.set(doc.deadline_fields[step.name], clock.plan(step, now))
		doc.deadline_state = "Running" if doc.flags.planned_steps else None


def _conditions_changed(doc: Document, before: Document) -> bool:
	return any(doc.get(field) != before.get(field) for field in ("record_type", "urgency", "customer"))


def apply(doc: Document, method: str | None = None) -> None:
	"""Start, pause, resume, change, hand over or finish the deadlines as the save demands; mostly nothing.

	:param doc: the document that was just written.
	:param method: name of the document event, unused.
	"""
	before = doc.get_doc_before_save()
	if not before:
		if steps := doc.flags.pop("planned_steps", None):
			clock.start_all(doc, steps, doc.get("person_in_charge"), fresh=True)
		return
	if cint(doc.completed) != cint(before.completed):
		finish_or_restart(doc)
		return
	if doc.completed:
		return
	if doc.get("person_in_charge") != before.get("person_in_charge"):
		clock.reassign(doc, None, doc.get("person_in_charge"))
	if doc.service_level != before.service_level:
		change_level(doc)
	if has_responded(doc, before):
		clock.finish(doc, RESPONSE)
	follow_state(doc, before)


def finish_or_restart(doc: Document) -> None:
	"""A completed document has no open step; one that is reopened has to be resolved again, in full time."""
	if doc.completed:
		clock.finish(doc)
		return
	level = _level(doc)
	if level:
		steps = [step for step in steps_of(level) if step.name == RESOLUTION]
		clock.start_all(doc, steps, doc.get("person_in_charge"))


def change_level(doc: Document) -> None:
	"""Give the open steps the hours of the new level, and start those that the former level did not have."""
	level = _level(doc)
	wanted = {step.name: step for step in steps_of(level)} if level else {}
	open_steps = {row.step for row in clock.current(doc)}
	for name in open_steps & set(HOURS):
		if name in wanted:
			step = wanted[name]
			clock.change(doc, name, step.hours, step.working_time, step.warn_before_hours)
		else:
			clock.cancel(doc, name)
	if RESOLUTION in wanted and RESOLUTION not in open_steps:
		clock.start_all(doc, [wanted[RESOLUTION]], doc.get("person_in_charge"))


def has_responded(doc: Document, before: Document) -> bool:
	"""Whether somebody took the document up: it left its first state, or what was done is noted.

	Asked only while the response is open.
	"""
	if not before.get(doc.deadline_fields[RESPONSE]):
		return False
	state, first = _state_field(doc)
	if state and doc.get(state) != before.get(state) and before.get(state) == first:
		return True
	return len(doc.get("handling_log") or ()) > len(before.get("handling_log") or ())


def follow_state(doc: Document, before: Document) -> None:
	"""Pause in the states that the Service Level names, and go on in the others."""
	state, _first = _state_field(doc)
	if not state or doc.get(state) == before.get(state):
		return
	level = _level(doc)
	pausing = set(level.pause_states) if level else set()
	if doc.get(state) in pausing:
		clock.pause(doc)
	elif before.get(state) in pausing:
		clock.resume(doc)


def _level(doc: Document) -> dict | None:
	"""Return the level that the document was given, if it is still enabled."""
	return next((level for level in levels_of(doc.doctype) if level.name == doc.service_level), None)


def _state_field(doc: Document) -> tuple[str | None, str | None]:
	if not get_workflow_name(doc.doctype):
		return None, None
	workflow = get_workflow(doc.doctype)
	return workflow.workflow_state_field, workflow.states[0].state
