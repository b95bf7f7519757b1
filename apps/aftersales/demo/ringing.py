"""Demo of who a call rings for: steps and groups of the lines, telephones of the agents, messages that callers left."""

from datetime import timedelta

import frappe
from frappe.utils import now_datetime

from aftersales.demo.base import read
from aftersales.demo.telephony import AGENTS, BRIDGE, SOURCE_LINE
from aftersales.setup.records import ensure

SECOND_LINE = "2"


def load() -> None:
	"""Make steps, telephones and messages that are missing; see aftersales.demo.load."""
	data = read("ringing")
	add_steps(data["steps"])
	if not frappe.db.exists("Phone Line", {"bridge": BRIDGE, "source_line": SECOND_LINE}):
		frappe.get_doc(
			{"doctype": "Phone Line", "bridge": BRIDGE, "source_line": SECOND_LINE, **data["second_line"]}
		).insert(ignore_permissions=True)
	for row in data["telephones"]:
		ensure({"doctype": "Agent Phone State", **row})
	for row in data["messages"]:
		if not frappe.db.exists("Caller Message", {"message": row["message"]}):
			make_message(row)


def add_steps(steps: list[dict]) -> None:
	"""Give the hotline its ring steps, unless it has some."""
	name = frappe.db.get_value("Phone Line", {"bridge": BRIDGE, "source_line": SOURCE_LINE})
	line = frappe.get_doc("Phone Line", name)
	if not line.ring_steps:
		line.set("ring_steps", steps)
		line.save(ignore_permissions=True)


def make_message(row: dict) -> None:
	"""Make a message as the agent took it down, some hours ago.

	:param row: a row of `messages` in demo/data/ringing.json.
	"""
	values = {key: value for key, value in row.items() if key not in ("phone_of", "hours_ago", "done", "by")}
	if row.get("phone_of"):
		values["customer"] = frappe.db.get_value("Service Customer", {"customer_name": row["phone_of"]})
	message = frappe.get_doc({"doctype": "Caller Message", **values}).insert(ignore_permissions=True)
	received = now_datetime() - timedelta(hours=row["hours_ago"])
	message.db_set({"received_on": received, "received_by": row["by"]}, update_modified=False)
	if row.get("done"):
		message.set_done(True)


def make_lines(count: int) -> None:
	"""Give the demo's bridge more lines, for measurements with all of them ringing.

	:param count: how many there shall be at least.
	"""
	for number in range(1, count + 1):
		if not frappe.db.exists("Phone Line", {"bridge": BRIDGE, "source_line": str(number)}):
			frappe.get_doc(
				{
					"doctype": "Phone Line",
					"line_title": f"Line {number}",
					"bridge": BRIDGE,
					"source_line": str(number),
					"area_code": "0411",
					"enabled": 1,
					"agents": [{"user": user} for user in AGENTS],
				}
			).insert(ignore_permissions=True)
