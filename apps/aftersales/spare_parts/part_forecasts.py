"""Forecasts and safety-stock proposals of all parts of a warehouse, computed from the ledger and kept as records."""

from collections.abc import Iterable
from datetime import date

import frappe
from frappe import _
from frappe.utils import cint, flt, get_first_day, getdate, now, today

from aftersales.spare_parts import demand, forecast, scope, supply
from aftersales.utils.access import check_permission

DOCTYPE, SAFETY = "Part Forecast", "Part Safety Stock"
# Fewer months say nothing of how good a method is.
FEWEST_MONTHS = 2
DEFAULT_LEVEL = 95.0
FIELDS = (
	"name",
	"spare_part",
	"part_name",
	"warehouse",
	"outlet",
	"month",
	"computed_on",
	"demand_pattern",
	"history",
	"method",
	"forecast_qty",
	"mae",
	"mase",
	"rmse",
	"average_qty",
	"average_mae",
	"sba_qty",
	"sba_mae",
	"tsb_qty",
	"tsb_mae",
	"safety_stock",
	"proposed_safety_stock",
)


def compute_all() -> None:
	"""Compute the forecasts of all stores (monthly job)."""
	for warehouse in stores():
		compute(warehouse)
		frappe.db.commit()


def stores() -> list[str]:
	"""Return the warehouses that are planned for."""
	return frappe.get_all(
		supply.WAREHOUSE,
		filters={"warehouse_kind": ("in", supply.STOCKED), "is_group": 0, "enabled": 1},
		pluck="name",
		order_by="name asc",
	)


def compute(warehouse: str, on: date | str | None = None) -> int:
	"""Replace the forecasts of a warehouse by new ones for the month of a day.

	:param warehouse: Part Warehouse.
	:param on: default: today.
	:returns: how many parts were forecast.
	"""
	month = get_first_day(getdate(on or today()))
	found = demand.histories(warehouse, month)
	rows = list(rows_of(warehouse, month, found))
	frappe.db.delete(DOCTYPE, {"warehouse": warehouse})
	if rows:
		stamp, user = now(), frappe.session.user
		columns = ("owner", "modified_by", "creation", "modified")
		frappe.db.bulk_insert(
			DOCTYPE, [*FIELDS, *columns], [[*row, user, user, stamp, stamp] for row in rows]
		)
	return len(rows)


def rows_of(warehouse: str, month: date, histories: dict[str, list[float]]) -> Iterable[list]:
	"""Return the values of `FIELDS` for each part with a history that is long enough."""
	parts = {
		row.name: row
		for row in frappe.get_all(
			"Spare Part",
			filters={"name": ("in", list(histories)), "disabled": 0},
			fields=["name", "part_name", "safety_stock"],
		)
	}
	own = dict(frappe.get_all(SAFETY, {"warehouse": warehouse}, ["spare_part", "safety_stock"], as_list=True))
	outlet = frappe.db.get_value(supply.WAREHOUSE, warehouse, "outlet")
	level, lead_days = service_level()
	for name, history in histories.items():
		if name not in parts or len(history) < FEWEST_MONTHS:
			continue
		judged = forecast.judge(history)
		best = forecast.best(judged)
		row = {
			"name": frappe.generate_hash(length=20),
			"spare_part": name,
			"part_name": parts[name].part_name,
			"warehouse": warehouse,
			"outlet": outlet,
			"month": month,
			"computed_on": now(),
			"demand_pattern": forecast.pattern(history),
			"history": ", ".join(f"{qty:g}" for qty in history),
			"method": best.method,
			"forecast_qty": best.quantity,
			"mae": best.mae,
			"mase": best.mase or 0,
			"rmse": best.rmse,
			"safety_stock": flt(own.get(name, parts[name].safety_stock)),
			"proposed_safety_stock": forecast.safety_stock(best.rmse, level, lead_days),
		}
		for method, one in judged.items():
			row[f"{method.lower()}_qty"], row[f"{method.lower()}_mae"] = one.quantity, one.mae
		yield [row[field] for field in FIELDS]


def service_level() -> tuple[float, int]:
	"""Return share of months without shortage in percent, and days of delivery, from Aftersales Settings; a share that makes no sense counts as 95."""
	settings = frappe.get_cached_doc("Aftersales Settings")
	level = flt(settings.part_service_level)
	return level if 50 < level < 100 else DEFAULT_LEVEL, cint(settings.part_lead_days)


@frappe.whitelist(methods=["POST"])
def compute_now(warehouse: str) -> dict:
	"""Compute the forecasts of one warehouse at once.

	:param warehouse: Part Warehouse that the user may see.
	:returns: `parts`, how many were forecast.
	:raises frappe.PermissionError: the user may not plan parts, or not for this warehouse.
	"""
	check_permission("Part Demand Plan", "create")
	frappe.get_doc(supply.WAREHOUSE, warehouse).check_permission("read")
	scope.check(warehouse)
	supply.check(warehouse)
	return {"parts": compute(warehouse)}


@frappe.whitelist(methods=["POST"])
def accept_proposals(names: list | str) -> dict:
	"""Make proposed safety stocks the ones that count in their warehouses.

	:param names: names of Part Forecast.
	:returns: `changed`, how many differ from before.
	:raises frappe.PermissionError: the user may not change safety stocks, or not see one of the forecasts.
	"""
	check_permission(SAFETY, "write")
	names = frappe.parse_json(names)
	rows = frappe.get_list(
		DOCTYPE,
		filters={"name": ("in", names)},
		fields=["name", "spare_part", "warehouse", "safety_stock", "proposed_safety_stock"],
		limit_page_length=0,
	)
	if len(rows) != len(set(names)):
		frappe.throw(
			_("Some forecasts were computed anew meanwhile. Load the report again."), frappe.PermissionError
		)
	changed = 0
	for row in rows:
		if row.safety_stock == row.proposed_safety_stock:
			continue
		set_safety_stock(row.spare_part, row.warehouse, row.proposed_safety_stock)
		frappe.db.set_value(DOCTYPE, row.name, "safety_stock", row.proposed_safety_stock)
		changed += 1
	return {"changed": changed}


def set_safety_stock(spare_part: str, warehouse: str, qty: float) -> None:
	"""Give a part its own safety stock in a warehouse, with the rights of the session's user."""
	name = frappe.db.get_value(SAFETY, {"spare_part": spare_part, "warehouse": warehouse})
	doc = frappe.get_doc(SAFETY, name) if name else frappe.new_doc(SAFETY)
	doc.update({"spare_part": spare_part, "warehouse": warehouse, "safety_stock": qty})
	doc.save()
