"""What a technician's phone shows: the day's orders in visiting order with everything for the visit, and the own stock.

The phone keeps it, so that a visit can be done without a connection; what is done is sent later, see `phone_actions`.
"""

from datetime import datetime, time, timedelta

import frappe
from frappe import _
from frappe.sessions import get_csrf_token
from frappe.utils import get_datetime, getdate, now_datetime, today

from aftersales.field_service.order_stages import DONE
from aftersales.field_service.planning import ORDER
from aftersales.field_service.reasons import reason_in_words
from aftersales.field_service.technicians import TECHNICIAN, technician_of
from aftersales.spare_parts.order_parts import technician_stock
from aftersales.utils.access import check_permission

MOST = 60
# Given to somebody and not done: shown until it is, whatever day it was planned for.
OPEN = ("Dispatched", "Received", "In Work", "Waiting")
FIELDS = [
	"name",
	"status",
	"stage",
	"order_kind",
	"urgency",
	"customer_name",
	"contact_name",
	"contact_phone",
	"address",
	"region",
	"product_name",
	"serial_no",
	"device",
	"symptom",
	"work_instruction",
	"warranty_state",
	"technician",
	"planned_start",
	"planned_end",
	"promised_at",
	"received_at",
	"departed_at",
	"arrived_at",
	"left_at",
	"completed_at",
	"content",
	"result",
	"total_fee",
	"customer_pays",
	"amount_due",
	"signed_by",
	"signed_at",
	"latitude",
	"longitude",
]
PART_FIELDS = [
	"name",
	"parent",
	"spare_part",
	"part_name",
	"qty",
	"serial_no",
	"old_serial_no",
	"amount",
	"customer_amount",
	"charge_to",
	"charge_reason",
]


class NoTechnicianError(frappe.PermissionError):
	"""The user is no enabled technician."""


def me() -> str:
	"""Return the technician of the session's user.

	:raises NoTechnicianError: there is none.
	"""
	technician = technician_of()
	if not technician:
		frappe.throw(
			_(
				"Your account belongs to no technician. Ask whoever plans the visits to add you under Technician."
			),
			NoTechnicianError,
		)
	return technician


@frappe.whitelist(methods=["GET"])
def today_of_mine(day: str | None = None) -> dict:
	"""Return the technician's day, with the rights of the session's user; the number of statements does not grow with the orders.

	:param day: today when left out.
	:returns: `technician`, `technician_name`, `day`, `orders` (in visiting order, see `details`), `stock`, `csrf_token` for
		posts of a page that was opened without a connection.
	:raises NoTechnicianError: the user is none.
	"""
	check_permission(ORDER)
	technician = me()
	on = getdate(day or today())
	return {
		"technician": technician,
		"technician_name": frappe.db.get_value(TECHNICIAN, technician, "technician_name"),
		"day": str(on),
		"now": str(now_datetime().replace(microsecond=0)),
		"orders": details(visits(technician, on)),
		"stock": technician_stock(technician),
		"csrf_token": get_csrf_token(),
	}


def visits(technician: str, day) -> list:
	"""Return the orders of a day, and what is left of earlier ones, in visiting order: what is under way first, then by time."""
	begin = datetime.combine(day, time())
	end = begin + timedelta(days=1)
	helping = frappe.get_all(
		"Service Order Technician",
		{"technician": technician, "parenttype": ORDER},
		pluck="parent",
		order_by="creation desc",
		limit=MOST * 5,
	)
	mine = [["technician", "=", technician], ["name", "in", helping or [""]]]
	rows = frappe.get_list(
		ORDER,
		{"stage": ("in", OPEN)},
		FIELDS,
		or_filters=mine,
		order_by="planned_start",
		limit_page_length=MOST * 5,
	)
	rows = [row for row in rows if not row.planned_start or row.planned_start < end]
	done = {"stage": ("in", DONE), "completed_at": ("between", [begin, end - timedelta(seconds=1)])}
	rows += frappe.get_list(
		ORDER, done, FIELDS, or_filters=mine, order_by="completed_at", limit_page_length=MOST
	)
	return sorted(rows, key=visiting_order)[:MOST]


def visiting_order(row: dict) -> tuple:
	"""Return what orders are sorted by."""
	under_way = row.stage == "In Work" or bool(row.departed_at)
	return row.stage in DONE, not under_way, not row.planned_start, str(row.planned_start or ""), row.name


def details(rows: list) -> list:
	"""Add to orders their parts, items, pictures and the last visit to the same device, in four statements."""
	names = [row.name for row in rows]
	parts = children("Service Order Part", names, PART_FIELDS)
	items = children(
		"Service Order Item", names, ["parent", "service_item", "description", "qty", "amount", "charge_to"]
	)
	pictures = children("Service Order Picture", names, ["parent", "image", "caption"])
	last = last_visits({row.device for row in rows if row.device}, set(names))
	for row in rows:
		row.parts = parts.get(row.name, [])
		for part in row.parts:
			part.charge_reason = reason_in_words(part.charge_reason)
		row.items = items.get(row.name, [])
		row.pictures = pictures.get(row.name, [])
		row.last_visit = last.get(row.device)
	return rows


def children(doctype: str, parents: list[str], fields: list[str]) -> dict[str, list]:
	"""Return rows of a table by order; the caller has the orders from a permitted list."""
	found: dict[str, list] = {}
	filters = {"parent": ("in", parents or [""]), "parenttype": ORDER}
	for row in frappe.get_all(doctype, filters, fields, order_by="parent, idx"):
		found.setdefault(row.parent, []).append(row)
	return found


def last_visits(devices: set[str], other_than: set[str]) -> dict[str, dict]:
	"""Return the last finished order of each device that the user may see."""
	if not devices:
		return {}
	rows = frappe.get_list(
		ORDER,
		{"device": ("in", sorted(devices)), "stage": ("in", DONE), "name": ("not in", sorted(other_than))},
		["device", "completed_at", "result", "content"],
		order_by="completed_at desc",
		limit_page_length=MOST * 3,
	)
	found: dict[str, dict] = {}
	for row in rows:
		found.setdefault(
			row.device,
			{
				"on": str(get_datetime(row.completed_at).date()) if row.completed_at else "",
				"result": row.result or row.content or "",
			},
		)
	return found
