"""A technician asks for parts on one screen: find, count, send (S16.04, S17.10)."""

import frappe
from frappe import _
from frappe.model.workflow import apply_workflow
from frappe.utils import flt

from aftersales.spare_parts import supply, warehouses
from aftersales.spare_parts.search import parts_like
from aftersales.utils.access import check_permission

DOCTYPE = "Part Order"
FOUND, SHOWN = 20, 10


class NoTechnicianError(frappe.ValidationError):
	"""The user is no technician."""


@frappe.whitelist()
def start() -> dict:
	"""Return what the screen begins with.

	:returns: `technician`, `technician_name`, `source` and `own` (warehouses), `requests`: the newest ones with `name`,
	        `status`, `stage`, `order_date`, `total_qty`, `open_qty`.
	:raises frappe.PermissionError: the user may not order parts.
	:raises NoTechnicianError: no Technician names the user.
	"""
	check_permission(DOCTYPE, "create")
	technician = technician_of(frappe.session.user)
	requests = frappe.get_list(
		DOCTYPE,
		filters={"technician": technician.name},
		fields=["name", "status", "stage", "order_date", "total_qty", "open_qty"],
		order_by="creation desc",
		limit_page_length=SHOWN,
	)
	return {
		"technician": technician.name,
		"technician_name": technician.technician_name,
		"source": source_of(technician),
		"own": warehouses.of_technician(technician.name),
		"requests": requests,
	}


@frappe.whitelist()
def find(text: str = "") -> list[dict]:
	"""Return parts that fit a text, with what the store and the technician have; the parts the store has first.

	:param text: of number, name, specification or bar code, typing mistakes included; empty: what the store has.
	:returns: at most 20 dicts with `spare_part`, `part_name`, `specification`, `stock_uom`, `free`, `own`.
	:raises frappe.PermissionError: the user may not order parts.
	:raises NoTechnicianError: no Technician names the user.
	"""
	check_permission(DOCTYPE, "create")
	technician = technician_of(frappe.session.user)
	text = (text or "").strip()[:60]
	source, own = source_of(technician), warehouses.of_technician(technician.name)
	names = parts_like(text) if text else in_stock(source)
	rows = frappe.get_list(
		"Spare Part",
		filters={"name": ("in", names), "disabled": 0},
		fields=["name as spare_part", "part_name", "specification", "stock_uom"],
		limit_page_length=0,
	)
	free, mine = supply.free(names, source), supply.free(names, own)
	for row in rows:
		row.free, row.own = flt(free.get(row.spare_part)), flt(mine.get(row.spare_part))
	return sorted(rows, key=lambda row: (row.free <= 0, names.index(row.spare_part)))[:FOUND]


def in_stock(warehouse: str | None) -> list[str]:
	"""Return the first parts of which a warehouse has some."""
	return frappe.get_all(
		"Part Balance",
		{"warehouse": warehouse or "", "qty": (">", 0)},
		pluck="spare_part",
		order_by="spare_part asc",
		limit_page_length=FOUND,
	)


@frappe.whitelist(methods=["POST"])
def send(
	items: list | str, request_key: str, service_order: str | None = None, remarks: str | None = None
) -> dict:
	"""Order parts for the session's technician and submit the order; the same request sent twice is one.

	:param items: dicts with `spare_part` and `qty`.
	:param request_key: made by the screen for this request.
	:param service_order: the order that waits for the parts.
	:param remarks: what the store should know.
	:returns: `order` and its `status`.
	:raises frappe.PermissionError: the user may not order parts.
	:raises NoTechnicianError: no Technician names the user.
	:raises PartOrderError: no parts, or a quantity that is none.
	"""
	check_permission(DOCTYPE, "create")
	technician = technician_of(frappe.session.user)
	known = frappe.db.get_value(
		DOCTYPE, {"request_key": request_key}, ["name", "status", "owner"], as_dict=True
	)
	if known and known.owner == frappe.session.user:
		return {"order": known.name, "status": known.status}
	if service_order:
		frappe.get_doc("Service Order", service_order).check_permission("read")
	order = frappe.get_doc(
		{
			"doctype": DOCTYPE,
			"order_kind": "Technician",
			"technician": technician.name,
			"target_warehouse": warehouses.of_technician(technician.name, make=True),
			"service_order": service_order,
			"remarks": remarks,
			"request_key": request_key,
			"items": [
				{"spare_part": item.get("spare_part"), "qty": item.get("qty")}
				for item in frappe.parse_json(items)
			],
		}
	).insert()
	for action in ("Confirm", "Submit Order"):
		order = apply_workflow(order, action)
	return {"order": order.name, "status": order.status}


def technician_of(user: str) -> frappe._dict:
	"""Return name, technician_name and outlet of a user's Technician record.

	:raises NoTechnicianError: there is none that is enabled.
	"""
	found = frappe.db.get_value(
		"Technician", {"user": user, "enabled": 1}, ["name", "technician_name", "outlet"], as_dict=True
	)
	if not found:
		frappe.throw(
			_(
				"You are not registered as a technician. Ask your manager to make a Technician record for you."
			),
			NoTechnicianError,
			title=_("Technician"),
		)
	return found


def source_of(technician: frappe._dict) -> str | None:
	"""Return the store that serves a technician: that of the outlet, else headquarters'."""
	return (warehouses.of_outlet(technician.outlet) if technician.outlet else None) or supply.headquarters()
