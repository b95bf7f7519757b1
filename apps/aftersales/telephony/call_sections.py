"""What a pop-up shows of a caller's past, one section each (S7.01, S7.02, S7.04).

hooks.py names the sections in `aftersales_call_card`, in their order; another module, or another app, adds its own. Each is a
function that gets the fields of the Service Call and returns None or a dict:

- `label`, translated;
- `count`: how many there are, `more` if there are more than that;
- `rows`, a few: `doctype`, `name`, `text`, and optionally `title` (shown on pointing), `date`, `state` and `open`.

It reads with the session's user's own permissions, looks up an index, and stops after a few rows.
"""

import frappe
from frappe import _

ROWS = 5
HOOK = "aftersales_call_card"


def sections(call: frappe._dict) -> list[dict]:
	"""Return the sections that have something to tell. One that fails is left out and logged: a caller is waiting.

	:param call: fields of the Service Call.
	"""
	found = []
	for method in frappe.get_hooks(HOOK):
		try:
			section = frappe.get_attr(method)(call)
		except Exception:
			frappe.log_error(f"{method}: a section of the call card failed")
			continue
		if section and section["rows"]:
			found.append({"key": method.rpartition(".")[2], **section})
	return found


def complaints(call: frappe._dict) -> dict | None:
	"""Complaints and suggestions, those in work first (S7.04)."""
	rows = _of_customer("Customer Complaint", call, ["kind", "status", "stage", "reason", "received_on"])
	for row in rows:
		row.update(text=_(row.kind), title=row.reason, date=row.received_on, open=row.stage != "Done")
	return _section(_("Complaints"), sorted(rows, key=lambda row: not row.open))


def follow_ups(call: frappe._dict) -> dict | None:
	"""Follow-ups, the latest first (S7.04)."""
	rows = _of_customer(
		"Follow-up", call, ["status", "stage", "due_date", "followed_up_on", "satisfied", "result"]
	)
	for row in rows:
		text = row.satisfied and _(row.satisfied)
		is_open = row.stage in ("Open", "Awaiting Feedback")
		row.update(
			text=text or _(row.status),
			title=row.result,
			date=row.followed_up_on or row.due_date,
			open=is_open,
		)
	return _section(_("Follow-ups"), rows)


def purchase_intentions(call: frappe._dict) -> dict | None:
	"""What the customer thinks of buying: open sales opportunities, the latest first (S7.02)."""
	fields = ["opportunity_title", "status", "stage", "next_step", "expected_close"]
	rows = _of_customer("Sales Opportunity", call, fields)
	for row in rows:
		is_open = row.stage not in ("Won", "Lost")
		row.update(text=row.opportunity_title, title=row.next_step, date=row.expected_close, open=is_open)
	return _section(_("Intends to Buy"), sorted(rows, key=lambda row: not row.open))


def messages(call: frappe._dict) -> dict | None:
	"""Messages that the caller has left, those not done first (S7.46)."""
	rows = _of_customer("Caller Message", call, ["state", "message", "received_on"])
	for row in rows:
		row.update(text=row.message[:40], title=row.message, date=row.received_on, open=row.state == "New")
		row.status = row.state
	return _section(_("Messages", context="Caller Message"), sorted(rows, key=lambda row: not row.open))


def contacts(call: frappe._dict) -> dict | None:
	"""Contact persons with their telephone numbers (S7.01)."""
	if not call.customer or not frappe.has_permission("Contact", "read"):
		return None
	rows = frappe.get_list(
		"Contact",
		[
			["Dynamic Link", "link_doctype", "=", "Service Customer"],
			["Dynamic Link", "link_name", "=", call.customer],
		],
		["name", "full_name", "phone", "mobile_no", "email_id", "designation"],
		order_by="`tabContact`.is_primary_contact desc, `tabContact`.creation asc",
		limit=ROWS + 1,
	)
	for row in rows:
		reached = ", ".join(filter(None, [row.mobile_no or row.phone, row.email_id]))
		row.update(text=row.full_name or row.name, title=reached, status=row.designation)
	return _section(_("Contact Persons"), [{**row, "doctype": "Contact"} for row in rows])


def _of_customer(doctype: str, call: frappe._dict, fields: list[str]) -> list[dict]:
	"""Return the customer's latest documents of a DocType that the user may see; one statement, or none."""
	if not call.customer or not frappe.has_permission(doctype, "read"):
		return []
	rows = frappe.get_list(
		doctype, {"customer": call.customer}, ["name", *fields], order_by="creation desc", limit=ROWS + 1
	)
	return [frappe._dict(row, doctype=doctype) for row in rows]


def _section(label: str, rows: list[dict]) -> dict | None:
	if not rows:
		return None
	shown = [
		{
			"doctype": row["doctype"],
			"name": row["name"],
			"text": row["text"],
			"title": row.get("title"),
			"date": str(row["date"])[:10] if row.get("date") else None,
			"state": row.get("status"),
			"open": bool(row.get("open")),
		}
		for row in rows[:ROWS]
	]
	return {"label": label, "count": len(shown), "more": len(rows) > ROWS, "rows": shown}
