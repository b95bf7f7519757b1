"""Demo telephony: a bridge with its account, one line with two agents, some past calls."""

from datetime import datetime, time, timedelta

import frappe
from frappe.utils import get_fullname, now_datetime

from aftersales.demo.base import read
from aftersales.setup.records import ensure
from aftersales.telephony import ingest

BRIDGE = "demo-bridge"
BRIDGE_USER = "bridge@aftersales.example"
AGENTS = ("agent@aftersales.example", "agent.zh@aftersales.example")
SOURCE_LINE = "1"
# Seconds from the first ring to each report.
DELAYS = {"ringing": 0, "caller_id": 2, "answered": 7, "ring_end": 19, "missed": 24}


def load() -> None:
	"""Make the bridge, its line and the past calls that are missing; see aftersales.demo.load."""
	ensure(
		{
			"doctype": "Caller ID Bridge",
			"bridge_id": BRIDGE,
			"location": "Demo",
			"user": BRIDGE_USER,
			"enabled": 1,
		}
	)
	if not frappe.db.exists("Phone Line", {"bridge": BRIDGE, "source_line": SOURCE_LINE}):
		frappe.get_doc(
			doctype="Phone Line",
			line_title="热线一",
			bridge=BRIDGE,
			source_line=SOURCE_LINE,
			phone_number="0411-84600000",
			area_code="0411",
			enabled=1,
			agents=[{"user": user} for user in AGENTS],
		).insert(ignore_permissions=True)
	make_token()
	for row in read("calls"):
		if not frappe.db.exists("Service Call", row["id"]):
			make_call(row)


def bridge_token() -> str:
	"""Return `key:secret` of the demo bridge's account, the same on each call; made if the account has none."""
	token = make_token()
	frappe.db.commit()
	return token


def make_token() -> str:
	"""Give the demo bridge's account an API key and secret unless it has them, and return both."""
	user = frappe.get_doc("User", BRIDGE_USER)
	secret = user.api_key and user.get_password("api_secret", raise_exception=False)
	if not secret:
		secret = frappe.generate_hash(length=32)
		user.api_key = user.api_key or frappe.generate_hash(length=20)
		user.api_secret = secret
		user.save(ignore_permissions=True)
	return f"{user.api_key}:{secret}"


def make_call(row: dict) -> None:
	"""Store a past call the way a bridge reports one that it could not deliver earlier.

	:param row: a row of demo/data/calls.json.
	"""
	day = now_datetime().date() - timedelta(days=row["days_ago"])
	began = datetime.combine(day, time.fromisoformat(row["time"]))
	events = [event_of(row, kind, seq, began) for seq, kind in enumerate(row["reports"], start=1)]
	rejected = [
		answer for answer in ingest.store_batch(BRIDGE, events, None) if answer["status"] == "rejected"
	]
	if rejected:
		frappe.throw(f"{row['id']}: {rejected[0]['reason']}")
	values = {"note": row.get("note")}
	if row.get("agent"):
		values |= {"agent": row["agent"], "agent_name": get_fullname(row["agent"])}
	frappe.db.set_value("Service Call", row["id"], values)


def event_of(row: dict, kind: str, seq: int, began: datetime) -> dict:
	"""Return one report of a past call in the form in which bridges post it."""
	delay = DELAYS["answered"] + row["talk"] if kind == "ended" else DELAYS[kind]
	happened = began + timedelta(seconds=delay)
	return {
		"schema": 1,
		"event_id": f"{row['id']}-{seq}",
		"call_uuid": row["id"],
		"seq": seq,
		"kind": kind,
		"line": SOURCE_LINE,
		"direction": "in",
		"number_raw": row["number"] if kind == "caller_id" else None,
		"presentation": row.get("presentation", "allowed") if kind == "caller_id" else "allowed",
		"duration_s": row.get("talk") if kind == "ended" else None,
		"age_ms": int((now_datetime() - happened).total_seconds() * 1000),
		"live": False,
	}
