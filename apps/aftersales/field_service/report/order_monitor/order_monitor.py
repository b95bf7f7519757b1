"""Order Monitor: which outlets have not received, not visited, not fed back; the longest waiting first (S2.19)."""

from collections import defaultdict
from datetime import datetime

import frappe
from frappe import _
from frappe.utils import cint, flt, get_datetime, now_datetime

from aftersales.utils.report import column

DOCTYPE = "Service Order"
# Column -> stages that are waiting at that point.
WAITING = {
	"not_dispatched": ("Open",),
	"not_received": ("Dispatched",),
	"not_visited": ("Received",),
	"not_fed_back": ("In Work", "Waiting"),
}
STAGES = [stage for stages in WAITING.values() for stage in stages]
COLUMN_OF = {stage: name for name, stages in WAITING.items() for stage in stages}
LATE_AFTER_HOURS = 24


def execute(filters: dict | None = None) -> tuple:
	"""Return columns and one row for each outlet with open orders; called by Frappe.

	:param filters: optionally `outlet` (with all below it), `order_kind`, `late_after` (hours, 24 if not given).
	:raises frappe.PermissionError: the user may not read orders.
	"""
	filters = frappe._dict(filters or {})
	rows = make_rows(read(filters), now_datetime(), cint(filters.late_after) or LATE_AFTER_HOURS)
	return columns(), rows, None, None, summary(rows)


def read(filters: dict) -> list[dict]:
	"""Return numbers of orders by outlet and stage with the day of the oldest; one statement that reads an index only."""
	conditions = {"stage": ("in", STAGES)}
	if filters.get("outlet"):
		conditions["outlet"] = ("descendants of (inclusive)", filters.outlet)
	if filters.get("order_kind"):
		conditions["order_kind"] = filters.order_kind
	return frappe.get_list(
		DOCTYPE,
		filters=conditions,
		fields=[
			"outlet",
			"stage",
			"count(name) as orders",
			"min(creation) as since",
			"min(dispatched_at) as dispatched",
		],
		group_by="outlet, stage",
		order_by=None,
		limit_page_length=0,
		ignore_ifnull=True,
	)


def make_rows(groups: list[dict], now: datetime, late_after: int) -> list[dict]:
	"""Return one row for each outlet, the one with the longest waiting order first.

	:param groups: what `read` returns.
	:param now: to count the hours from.
	:param late_after: hours from which waiting is late.
	"""
	rows = defaultdict(lambda: dict.fromkeys(WAITING, 0) | {"oldest": None})
	for group in groups:
		row = rows[group.outlet or ""]
		row[COLUMN_OF[group.stage]] += group.orders
		since = get_datetime(group.dispatched or group.since)
		row["oldest"] = min(filter(None, [row["oldest"], since]))
	for outlet, row in rows.items():
		hours = flt((now - row["oldest"]).total_seconds() / 3600, 1)
		row.update(
			outlet=outlet or None,
			open=sum(row[name] for name in WAITING),
			hours=max(hours, 0.0),
			late=int(hours >= late_after),
		)
	return sorted(rows.values(), key=lambda row: (row["oldest"], row["outlet"] or ""))


def columns() -> list[dict]:
	"""Return the columns."""
	labels = {
		"not_dispatched": _("Not Dispatched"),
		"not_received": _("Not Received"),
		"not_visited": _("Not Visited"),
		"not_fed_back": _("No Feedback"),
	}
	return [
		column("outlet", _("Outlet"), "Link", 220, options="Service Outlet"),
		*(column(name, label, "Int", 130) for name, label in labels.items()),
		column("open", _("Open Orders"), "Int", 120),
		column("oldest", _("Oldest since"), "Datetime", 170),
		column("hours", _("Hours Waiting"), "Float", 130),
	]


def summary(rows: list[dict]) -> list[dict]:
	"""Return the sums above the table."""

	def total(name: str) -> int:
		return sum(row[name] for row in rows)

	parts = (
		(_("Not Dispatched"), total("not_dispatched"), "Orange"),
		(_("Not Received"), total("not_received"), "Orange"),
		(_("Not Visited"), total("not_visited"), "Orange"),
		(_("No Feedback"), total("not_fed_back"), "Blue"),
		(_("Outlets with Late Orders"), sum(row["late"] for row in rows), "Red"),
	)
	return [
		{"label": label, "value": value, "indicator": colour, "datatype": "Int"}
		for label, value, colour in parts
	]
