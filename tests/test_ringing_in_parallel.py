"""Several agents and devices at the same call in the same moment, in processes of their own: one takes it, a state is one row,
a telephone that rings while somebody goes quiet is told to the right people."""

import json

import frappe
import pytest

from aftersales.telephony import ingest, presence, routing
from aftersales.testing.factories import insert_plain_user, make_bridge, make_call_event, make_phone_line
from tests.test_work_in_parallel import at_once

AGENTS = tuple(f"ringing-{number}@test.example" for number in range(3))
# Each process is one agent: the one whose number it draws.
WHO = """
import fcntl
def draw(path):
	with open(path, "r+") as file:
		fcntl.flock(file, fcntl.LOCK_EX)
		number = int(file.read() or 0)
		file.seek(0); file.write(str(number + 1)); file.truncate()
	return number
"""
TAKE_CALL = (
	WHO
	+ """
from aftersales.telephony import api
from aftersales.telephony.calls import CallTakenError
call, path, *agents = sys.argv[1:]
frappe.set_user(agents[draw(path) % len(agents)])
try:
	api.take_call(call)
	frappe.db.commit()
	print("taken", frappe.session.user)
except CallTakenError:
	frappe.db.rollback()
	print("refused", frappe.session.user)
"""
)
CHANGE_STATE = (
	WHO
	+ """
from aftersales.telephony import api
path, user = sys.argv[1:]
number = draw(path)
frappe.set_user(user)
for turn in range(5):
	if number % 2:
		api.set_my_phone_state(do_not_disturb=bool(turn % 2), minutes=5)
	else:
		api.set_my_phone_state(extension=str(9000 + turn))
	frappe.db.commit()
print("done")
"""
)
RING_OR_QUIET = (
	WHO
	+ """
import json
from aftersales.telephony import api, ingest
bridge, event, path, user = sys.argv[1:]
if draw(path) == 0:
	ingest.store_batch(bridge, [json.loads(event)], None)
else:
	frappe.set_user(user)
	api.set_my_phone_state(do_not_disturb=True)
frappe.db.commit()
"""
)


@pytest.fixture
def line(tmp_path):
	frappe.set_user("Administrator")
	bridge = make_bridge(user=insert_plain_user("ringing-bridge@test.example", "Aftersales Bridge").name)
	for user in AGENTS:
		insert_plain_user(user, "Service Agent")
	made = make_phone_line(
		*AGENTS[:2], bridge=bridge.name, ring_steps=[{"after_seconds": 60, "user": AGENTS[2]}]
	)
	frappe.db.commit()
	yield made
	frappe.db.rollback()
	frappe.set_user("Administrator")
	for doctype in ("Call Event", "Service Call"):
		frappe.db.delete(doctype, {"bridge": made.bridge})
	for doctype, name in (("Phone Line", made.name), ("Caller ID Bridge", made.bridge)):
		frappe.delete_doc(doctype, name, force=True, ignore_permissions=True, delete_permanently=True)
	users = (*AGENTS, bridge.user)
	frappe.db.delete("Agent Phone State", {"user": ("in", users)})
	frappe.db.delete("Has Role", {"parent": ("in", users)})
	frappe.db.delete("User", {"name": ("in", users)})
	frappe.db.commit()


@pytest.fixture
def turns(tmp_path):
	path = tmp_path / "turns"
	path.write_text("")
	return str(path)


def ring(line) -> str:
	event = make_call_event("caller_id", number_raw="13800000000")
	ingest.store_batch(line.bridge, [event], None)
	frappe.db.commit()
	return event["call_uuid"]


def test_one_of_several_agents_takes_a_call(line, turns):
	call = ring(line)
	answers = [text.split() for text in at_once(TAKE_CALL, 4, call, turns, *AGENTS[:2])]
	frappe.db.rollback()
	agent = frappe.db.get_value("Service Call", call, "agent")
	# Two tabs of the one who has it may both say so.
	assert {user for said, user in answers if said == "taken"} == {agent}
	assert {user for said, user in answers if said == "refused"} == set(AGENTS[:2]) - {agent}
	assert presence.state_of(agent)["in_call"] == call
	(other,) = set(AGENTS[:2]) - {agent}
	assert not presence.state_of(other)["in_call"]


def test_three_tabs_change_one_state(line, turns):
	assert at_once(CHANGE_STATE, 3, turns, AGENTS[0]) == ["done"] * 3
	frappe.db.rollback()
	assert frappe.db.count("Agent Phone State", {"user": AGENTS[0]}) == 1
	state = presence.state_of(AGENTS[0])
	# What one tab said last stands, whatever the others changed meanwhile.
	assert (state["extension"], state["do_not_disturb"]) == ("9004", False)


def test_going_quiet_while_it_rings(line, turns):
	for _round in range(2):
		frappe.db.delete("Agent Phone State", {"user": AGENTS[0]})
		frappe.db.commit()
		open(turns, "w").close()
		event = make_call_event("caller_id", number_raw="13800000001")
		at_once(RING_OR_QUIET, 2, line.bridge, json.dumps(event), turns, AGENTS[0])
		frappe.db.rollback()
		call = frappe.get_doc("Service Call", event["call_uuid"])
		assert call.state == "Ringing"
		read = routing.read_line(line.bridge, "1", call.started_at)
		quiet = {target.user: target.quiet for target in routing.targets(read, call.started_at)}
		assert quiet == {AGENTS[0]: True, AGENTS[1]: False, AGENTS[2]: False}


def test_a_line_that_rings_again_while_its_talk_is_ended(line, turns):
	"""The next call and the agent's own word end the talk once."""
	talk = ring(line)
	at_once(TAKE_CALL, 1, talk, turns, AGENTS[0])
	open(turns, "w").close()
	script = (
		WHO
		+ """
import json
from aftersales.telephony import api, ingest
bridge, event, path, user, talk = sys.argv[1:]
if draw(path) == 0:
	ingest.store_batch(bridge, [json.loads(event)], None)
else:
	frappe.set_user(user)
	api.finish_call(talk)
frappe.db.commit()
"""
	)
	event = make_call_event("caller_id", number_raw="13800000002")
	at_once(script, 2, line.bridge, json.dumps(event), turns, AGENTS[0], talk)
	frappe.db.rollback()
	ended, following = (frappe.get_doc("Service Call", name) for name in (talk, event["call_uuid"]))
	assert (ended.state, following.state) == ("Ended", "Ringing")
	assert not presence.state_of(AGENTS[0])["in_call"]
