"""Outlet Register: each outlet with its file, account, qualifications and its last settlement (S2.35, S2.37).

The settlement's columns tell how far it is: audit, slip received, invoice notice sent, transferred.
"""

import frappe
from frappe import _
from frappe.utils import flt, getdate, today

from aftersales.utils.report import column

OUTLET, SETTLEMENT = "Service Outlet", "Settlement"
FIELDS = (
	"name",
	"outlet_code",
	"outlet_kind",
	"parent_service_outlet",
	"region",
	"phone",
	"enabled",
	"contract_until",
	"qualification_expires_on",
	"account_state",
	"account_opened_on",
)
SETTLED = (
	"name",
	"outlet",
	"period_to",
	"status",
	"slip_received_on",
	"invoice_notice_on",
	"total",
	"paid_amount",
	"outstanding",
)


def execute(filters: dict | None = None) -> tuple:
	"""Return columns, rows, message, chart and summary; called by Frappe.

	:param filters: optionally `outlet` (with all below it), `outlet_kind`, `account_state`, `only_enabled`.
	:raises frappe.PermissionError: the user may not read outlets.
	"""
	filters = frappe._dict(filters or {})
	outlets = read_outlets(filters)
	names = [row.name for row in outlets]
	people, settled = count_people(names), last_settlements(names)
	rows = [make_row(row, people.get(row.name, 0), settled.get(row.name)) for row in outlets]
	return columns(bool(settled)), rows, None, None, summary(rows)


def read_outlets(filters: dict) -> list[dict]:
	"""Return the outlets that the user sees, in the order of the tree; one statement."""
	conditions = {}
	if filters.outlet:
		conditions["name"] = ("descendants of (inclusive)", filters.outlet)
	for field in ("outlet_kind", "account_state"):
		if filters.get(field):
			conditions[field] = filters.get(field)
	if filters.only_enabled:
		conditions["enabled"] = 1
	return frappe.get_list(
		OUTLET, filters=conditions, fields=list(FIELDS), order_by="lft asc", limit_page_length=0
	)


def count_people(outlets: list[str]) -> dict[str, int]:
	"""Return how many people of Service Staff work for each outlet; one statement."""
	rows = frappe.get_all(
		"Service Staff",
		filters={"outlet": ("in", outlets or [""]), "enabled": 1},
		fields=["outlet", "count(name) as people"],
		group_by="outlet",
		order_by=None,
	)
	return {row.outlet: row.people for row in rows}


def last_settlements(outlets: list[str]) -> dict[str, dict]:
	"""Return the settlement of the last period of each outlet, of those that the user may read; one statement."""
	if not frappe.has_permission(SETTLEMENT, "read"):
		return {}
	rows = frappe.get_list(
		SETTLEMENT,
		filters={"outlet": ("in", outlets or [""]), "stage": ("!=", "Cancelled")},
		fields=list(SETTLED),
		order_by="period_to asc, creation asc",
		limit_page_length=0,
	)
	return {row.outlet: row for row in rows}


def make_row(outlet: dict, people: int, settlement: dict | None) -> dict:
	"""Return the row of an outlet."""
	expires = outlet.qualification_expires_on
	row = {
		**{field: outlet.get(field) for field in FIELDS},
		"outlet": outlet.name,
		"account_state": _(outlet.get("account_state") or ""),
		"outlet_kind": _(outlet.outlet_kind),
		"people": people,
		"expired": int(bool(expires and expires < getdate(today()))),
	}
	if settlement:
		row.update({field: settlement[field] for field in SETTLED if field not in ("name", "outlet")})
		row.update(settlement=settlement.name, status=_(settlement.status or ""))
	return row


def columns(with_settlements: bool) -> list[dict]:
	"""Return the columns."""
	own = [
		column("outlet", _("Outlet"), "Link", 200, options=OUTLET),
		column("outlet_code", _("Outlet Code"), "Data", 100),
		column("outlet_kind", _("Outlet Kind"), "Data", 110),
		column("parent_service_outlet", _("Superior Unit"), "Link", 150, options=OUTLET),
		column("region", _("Region"), "Link", 120, options="Service Region"),
		column("phone", _("Phone"), "Data", 120),
		column("people", _("Staff"), "Int", 70),
		column("qualification_expires_on", _("Next Expiry"), "Date", 110),
		column("contract_until", _("Contract until"), "Date", 110),
		column("account_state", _("Account State"), "Data", 110),
		column("account_opened_on", _("Account Opened On"), "Date", 120),
	]
	if not with_settlements:
		return own
	return [
		*own,
		column("settlement", _("Last Settlement"), "Link", 140, options=SETTLEMENT),
		column("period_to", _("Period to"), "Date", 110),
		column("status", _("Audit State"), "Data", 130),
		column("slip_received_on", _("Slip Received On"), "Date", 120),
		column("invoice_notice_on", _("Invoice Notice On"), "Date", 130),
		column("total", _("Total"), "Currency", 120),
		column("paid_amount", _("Transferred"), "Currency", 120),
		column("outstanding", _("Outstanding"), "Currency", 120),
	]


def summary(rows: list[dict]) -> list[dict]:
	"""Return the figures above the table."""
	parts = (
		(_("Outlets"), len(rows), "Blue", "Int"),
		(_("Expired Qualifications"), sum(row["expired"] for row in rows), "Red", "Int"),
		(_("Outstanding"), flt(sum(flt(row.get("outstanding")) for row in rows), 2), "Orange", "Currency"),
	)
	return [
		{"label": label, "value": value, "indicator": colour, "datatype": kind}
		for label, value, colour, kind in parts
	]
