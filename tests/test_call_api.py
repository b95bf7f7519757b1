"""The bridge's API over real HTTP, with a web server of two processes of its own: who gets in, what comes back, and
that an event counts once however often, from wherever and in spite of whatever it is sent.
"""

import os
import random
import signal
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import frappe
import pytest
import requests

from aftersales.testing.factories import make_call_event, make_phone_line, make_user, unique_phone
from tests.web_server import WebServer

POST = "aftersales.telephony.api.post_events"
CHECK = "aftersales.telephony.api.check_bridge"
UNIQUE_LINES = 8


class Server(WebServer):
	"""The web server, asked for methods, and the processes that are killed."""

	def request(self, verb: str, method: str, token: str | None = None, **kwargs) -> requests.Response:
		headers = self.headers | ({"Authorization": f"token {token}"} if token else {})
		address = f"{self.url}/api/method/{method}"
		return requests.request(verb, address, headers=headers, timeout=60, **kwargs)

	def workers(self) -> list[int]:
		children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
		return [int(pid) for pid in children.split()]


class Bench:
	"""Committed records for these tests: a bridge with eight lines, tokens, and everything deleted afterwards."""

	def __init__(self):
		self.agent = make_user("Service Agent").name
		self.line = make_phone_line(self.agent)
		self.bridge = self.line.bridge
		self.lines = [self.line.name]
		for number in range(2, UNIQUE_LINES + 1):
			line = make_phone_line(self.agent, bridge=self.bridge, source_line=str(number))
			self.lines.append(line.name)
		self.user = frappe.db.get_value("Caller ID Bridge", self.bridge, "user")
		self.others = {
			"agent": self.agent,
			"another bridge": make_user("Aftersales Bridge").name,
			"no role": make_user().name,
		}
		self.token = self.token_of(self.user)
		self.tokens = {who: self.token_of(user) for who, user in self.others.items()}
		frappe.db.commit()

	@staticmethod
	def token_of(user: str) -> str:
		doc = frappe.get_doc("User", user)
		doc.api_key, doc.api_secret = frappe.generate_hash(length=15), frappe.generate_hash(length=15)
		secret = doc.api_secret
		doc.save(ignore_permissions=True)
		return f"{doc.api_key}:{secret}"

	def clean(self) -> None:
		frappe.db.rollback()
		for doctype in ("Call Event", "Service Call"):
			frappe.db.delete(doctype, {"bridge": self.bridge})
		users = [self.user, *self.others.values()]
		contacts = frappe.get_all("Contact", {"user": ("in", users)}, pluck="name")
		for doctype, names in (
			("Phone Line", self.lines),
			("Caller ID Bridge", [self.bridge]),
			("Contact", contacts),
			("User", users),
		):
			for name in names:
				frappe.delete_doc(doctype, name, force=True, ignore_permissions=True)
		frappe.db.commit()


@pytest.fixture(scope="module")
def bench():
	frappe.set_user("Administrator")
	records = Bench()
	yield records
	records.clean()


@pytest.fixture(scope="module")
def server(bench):
	with Server() as web:
		yield web


def post(server, bench, events, **kwargs):
	body = {"bridge_id": bench.bridge, "events": events}
	return server.request("POST", POST, bench.token, json=body, **kwargs)


def test_an_event_is_taken_once(server, bench):
	event = make_call_event("caller_id", number_raw=unique_phone())
	answers = [post(server, bench, [event]) for _ in range(3)]
	assert [answer.status_code for answer in answers] == [200] * 3
	statuses = [answer.json()["message"]["results"][0]["status"] for answer in answers]
	assert statuses == ["accepted", "duplicate", "duplicate"]
	assert answers[0].json()["message"]["server_time"].endswith("+00:00")


def test_the_bridge_may_check_itself(server, bench):
	answer = server.request("GET", CHECK, bench.token, params={"bridge_id": bench.bridge})
	assert answer.status_code == 200
	assert {line["source_line"] for line in answer.json()["message"]["lines"]} == set("12345678")


@pytest.mark.parametrize("who", ["guest", "wrong token", "agent", "another bridge", "no role"])
def test_nobody_else_gets_in(server, bench, who):
	token = None if who == "guest" else bench.tokens.get(who, "wrong:token")
	event = make_call_event()
	answers = [
		server.request("POST", POST, token, json={"bridge_id": bench.bridge, "events": [event]}),
		server.request("GET", CHECK, token, params={"bridge_id": bench.bridge}),
	]
	expected = {401} if who == "wrong token" else {403}
	assert {answer.status_code for answer in answers} == expected
	frappe.db.rollback()
	assert not frappe.db.exists("Call Event", event["event_id"])


def test_reading_verbs_do_not_write(server, bench):
	answer = server.request("GET", POST, bench.token, params={"bridge_id": bench.bridge, "events": "[]"})
	assert answer.status_code == 403


def test_malformed_requests_get_a_clear_answer(server, bench):
	too_many = [make_call_event() for _ in range(101)]
	for body in (
		{"bridge_id": bench.bridge},
		{"bridge_id": bench.bridge, "events": too_many},
		{"bridge_id": bench.bridge, "events": "no list"},
		{"bridge_id": bench.bridge, "events": {"a": 1}},
		{"bridge_id": bench.bridge, "events": None},
		{"bridge_id": ["x"], "events": []},
		{"bridge_id": {"a": 1}, "events": []},
	):
		answer = server.request("POST", POST, bench.token, json=body)
		assert 400 <= answer.status_code < 500 or "missing" in answer.text, (body, answer.text[:300])
	answer = server.request("POST", POST, bench.token, json={"bridge_id": bench.bridge, "events": too_many})
	assert answer.status_code == 417
	assert "101" in answer.text and "100" in answer.text
	frappe.db.rollback()
	assert not frappe.db.exists("Call Event", too_many[0]["event_id"])


def test_a_form_with_json_text_is_taken(server, bench):
	events = frappe.as_json([make_call_event()])
	answer = server.request("POST", POST, bench.token, data={"bridge_id": bench.bridge, "events": events})
	assert answer.json()["message"]["results"][0]["status"] == "accepted"


def test_the_same_events_from_many_at_once_count_once(server, bench):
	calls = [frappe.generate_hash(length=20) for _ in range(10)]
	numbers = {call: unique_phone() for call in calls}
	events = [
		make_call_event(
			kind, call_uuid=call, seq=seq, number_raw=numbers[call] if kind == "caller_id" else None
		)
		for call in calls
		for seq, kind in enumerate(("ringing", "caller_id", "answered", "ended"), start=1)
	]
	batches = [random.sample(events, len(events)) for _ in range(12)]
	with ThreadPoolExecutor(12) as pool:
		answers = list(pool.map(lambda batch: post(server, bench, batch), batches))
	assert {answer.status_code for answer in answers} <= {200, 503}
	# Whoever was sent away comes again.
	answers += [
		post(server, bench, batch) for batch, answer in zip(batches, answers, strict=True) if not answer.ok
	]
	statuses = {}
	for answer in answers:
		if answer.ok:
			for result in answer.json()["message"]["results"]:
				statuses.setdefault(result["event_id"], Counter())[result["status"]] += 1
	assert len(statuses) == len(events)
	for counted in statuses.values():
		assert counted["accepted"] == 1
		assert counted["rejected"] == 0
	frappe.db.rollback()
	stored = frappe.get_all(
		"Service Call", {"name": ("in", calls)}, ["name", "state", "last_seq", "number_raw"]
	)
	assert len(stored) == len(calls)
	assert {(call.state, call.last_seq) for call in stored} == {("Ended", 4)}
	assert {call.name: call.number_raw for call in stored} == numbers
	assert frappe.db.count("Call Event", {"service_call": ("in", calls)}) == len(events)


def test_eight_lines_ring_at_once(server, bench):
	events = [make_call_event("caller_id", line=str(n), number_raw=unique_phone()) for n in range(1, 9)]
	with ThreadPoolExecutor(8) as pool:
		answers = list(pool.map(lambda event: post(server, bench, [event]), events))
	assert [answer.json()["message"]["results"][0]["status"] for answer in answers] == ["accepted"] * 8
	frappe.db.rollback()
	names = [event["call_uuid"] for event in events]
	stored = frappe.get_all("Service Call", {"name": ("in", names)}, pluck="phone_line")
	assert sorted(stored) == sorted(bench.lines)


def test_killing_the_web_server_loses_and_doubles_nothing(server, bench):
	events = [make_call_event("caller_id", number_raw=unique_phone()) for _ in range(120)]
	kills = {20, 50, 80}

	def deliver(event):
		for _attempt in range(200):
			try:
				answer = post(server, bench, [event])
				if answer.ok:
					return answer.json()["message"]["results"][0]["status"]
			except requests.RequestException:
				pass
			time.sleep(0.1)
		return "never delivered"

	statuses = []
	with ThreadPoolExecutor(4) as pool:
		for index, status in enumerate(pool.map(deliver, events)):
			statuses.append(status)
			if index in kills:
				for worker in server.workers():
					os.kill(worker, signal.SIGKILL)
	# "duplicate" is an event that was stored by a process which died before it could answer.
	assert set(statuses) <= {"accepted", "duplicate"}
	frappe.db.rollback()
	names = [event["call_uuid"] for event in events]
	assert frappe.db.count("Service Call", {"name": ("in", names)}) == len(events)
	assert frappe.db.count("Call Event", {"service_call": ("in", names)}) == len(events)
