"""Which outlet an order is for: the nearest or the one that serves the region, with the reason shown (S2.14).

The region of the order, or the one that its address names, decides; among the outlets that serve it the one for the
smallest area goes first, then the nearest if places are known.
"""

from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt

import frappe
from frappe.model.document import Document
from frappe.query_builder import Order
from frappe.utils import flt, get_fullname
from pypika import CustomFunction

from aftersales.field_service import reasons
from aftersales.field_service.reasons import say
from aftersales.service_network import outlet_scope, qualifications
from aftersales.utils.access import check_permission

OUTLET, REGION = "Service Outlet", "Service Region"
# Places that take orders; the others above them supervise.
TAKING = ("Outlet", "Service Centre")
SUPERVISING = ("Service Centre", "Branch", "Region")
# Accounts of outlets that are given nothing by themselves.
CLOSED = ("Suspended", "Closed")
EARTH_KM = 6371.0
MOST = 5
# Given to no outlet by itself: the hotline works on it.
IN_HOUSE = ("Pre-report",)


@dataclass(frozen=True)
class Proposal:
	"""An outlet that can take an order.

	:param outlet: Service Outlet.
	:param region: the region that it serves and for which it was chosen; None if only the distance speaks for it.
	:param distance: to the customer in km as the crow flies; None if a place is unknown.
	:param reason: why, as it is stored; see `aftersales.field_service.reasons`.
	"""

	outlet: str
	region: str | None
	distance: float | None
	reason: str


# Functions that the query builder does not have.
Length = CustomFunction("char_length", ["text"])
Locate = CustomFunction("locate", ["part", "text"])


def fill(doc: Document) -> None:
	"""Give a new order the first proposal, find the service centre of its outlet, and say why the outlet was chosen."""
	chosen = outlet_scope.own_outlet()
	if not doc.outlet and doc.is_new() and doc.order_kind not in IN_HOUSE:
		best = next(iter(proposals(doc, limit=1)), None)
		if best:
			doc.outlet, doc.outlet_reason = best.outlet, best.reason
	elif doc.outlet and doc.has_value_changed("outlet"):
		fitting = next((one for one in proposals(doc) if one.outlet == doc.outlet), None)
		if doc.is_new() and doc.outlet == chosen:
			doc.outlet_reason = say(reasons.TOOK_IT)
		elif fitting:
			doc.outlet_reason = fitting.reason
		else:
			doc.outlet_reason = say(reasons.CHOSEN_BY, get_fullname(frappe.session.user))
	if doc.has_value_changed("outlet") or (doc.outlet and not doc.service_centre):
		doc.service_centre = supervisor_of(doc.outlet) if doc.outlet else None
		if not doc.outlet:
			doc.outlet_reason = None


def proposals(order: Document | dict, limit: int = MOST) -> list[Proposal]:
	"""Return outlets that can take an order, the best first; four statements at most.

	:param order: with `region`, `address`, `latitude`, `longitude` and `product_category`, as far as they are known.
	:param limit: how many at most.
	"""
	region, from_address = order.get("region"), False
	if not region and order.get("address"):
		region, from_address = region_of_address(order.get("address")), True
	place = _place(order)
	rows = _serving(region) if region else []
	if not rows and place:
		rows = _all_with_place()
	scored = sorted((_score(row, place) for row in rows), key=lambda score: score[:3])
	best = scored[:limit]
	gaps = qualifications.gaps([row["name"] for *_order, row in best], order.get("product_category"))
	return [
		_proposal(row, distance, from_address, gaps.get(row["name"], [])) for *_order, distance, row in best
	]


def region_of_address(address: str) -> str | None:
	"""Return the smallest region whose name stands in an address, without the root; one statement."""
	region = frappe.qb.DocType(REGION)
	rows = (
		frappe.qb.from_(region)
		.select(region.name)
		.where(Locate(region.region_name, address) > 0)
		.where(region.parent_service_region.isnotnull() & (region.parent_service_region != ""))
		.orderby(region.rgt - region.lft)
		.orderby(Length(region.region_name), order=Order.desc)
		.orderby(region.lft, order=Order.desc)
		.limit(1)
		.run()
	)
	return rows[0][0] if rows else None


def supervisor_of(outlet: str) -> str | None:
	"""Return who supervises an outlet: the nearest service centre above it, else the nearest branch or region (S2.14)."""
	own, above = frappe.qb.DocType(OUTLET).as_("own"), frappe.qb.DocType(OUTLET).as_("above")
	rows = (
		frappe.qb.from_(own)
		.join(above)
		.on((above.lft < own.lft) & (above.rgt > own.rgt))
		.select(above.name, above.outlet_kind)
		.where((own.name == outlet) & (above.enabled == 1) & above.outlet_kind.isin(SUPERVISING))
		.orderby(above.lft, order=Order.desc)
		.run()
	)
	kinds = {}
	for name, kind in rows:
		kinds.setdefault(kind, name)
	return next((kinds[kind] for kind in SUPERVISING if kind in kinds), None)


def distance_km(a: tuple[float, float], b: tuple[float, float]) -> float:
	"""Return the distance of two places (latitude, longitude in degrees) as the crow flies, in km."""
	(lat_a, lon_a), (lat_b, lon_b) = ([radians(value) for value in place] for place in (a, b))
	half = sin((lat_b - lat_a) / 2) ** 2 + cos(lat_a) * cos(lat_b) * sin((lon_b - lon_a) / 2) ** 2
	return 2 * EARTH_KM * asin(min(1.0, sqrt(half)))


@frappe.whitelist()
def propose(order: dict | str) -> list[dict]:
	"""Return outlets that can take the order on the form, with reason and number of open orders.

	:param order: fields `region`, `address`, `latitude`, `longitude`, `product_category`, saved or not.
	:returns: rows of outlet, reason, distance and open; only outlets that the user sees.
	:raises frappe.PermissionError: the user may not read orders.
	"""
	check_permission("Service Order", "read")
	found = proposals(frappe._dict(frappe.parse_json(order)))
	names = [one.outlet for one in found]
	seen = frappe.get_list(OUTLET, {"name": ("in", names or [""])}, pluck="name", limit=0)
	load = dict(
		frappe.get_list(
			"Service Order",
			filters={
				"outlet": ("in", names or [""]),
				"stage": ("in", ["Dispatched", "Received", "In Work", "Waiting"]),
			},
			fields=["outlet", "count(name) as n"],
			group_by="outlet",
			order_by=None,
			as_list=True,
		)
	)
	return [
		{
			"outlet": one.outlet,
			"reason": reasons.reason_in_words(one.reason),
			"distance": one.distance,
			"open": load.get(one.outlet, 0),
		}
		for one in found
		if one.outlet in seen
	]


def _serving(region: str) -> list[dict]:
	"""Outlets that serve a region or one around it, with the area for which they were found."""
	outlet, child = frappe.qb.DocType(OUTLET), frappe.qb.DocType("Outlet Region")
	area, asked = frappe.qb.DocType(REGION).as_("area"), frappe.qb.DocType(REGION).as_("asked")
	own = (
		frappe.qb.from_(asked)
		.join(area)
		.on((area.lft <= asked.lft) & (area.rgt >= asked.rgt))
		.left_join(child)
		.on((child.region == area.name) & (child.parenttype == OUTLET))
		.join(outlet)
		.on((outlet.region == area.name) | (outlet.name == child.parent))
		.select(
			outlet.name,
			outlet.latitude,
			outlet.longitude,
			area.name.as_("region"),
			area.parent_service_region.as_("above"),
			(area.rgt - area.lft).as_("size"),
		)
		.where((asked.name == region) & (outlet.enabled == 1) & outlet.outlet_kind.isin(TAKING))
		.where(outlet.account_state.isnull() | outlet.account_state.notin(CLOSED))
	)
	best = {}
	for row in own.run(as_dict=True):
		if row.name not in best or row.size < best[row.name].size:
			best[row.name] = row
	return list(best.values())


def _all_with_place() -> list[dict]:
	return frappe.get_all(
		OUTLET,
		{
			"enabled": 1,
			"outlet_kind": ("in", TAKING),
			"latitude": ("!=", 0),
			"account_state": ("not in", CLOSED),
		},
		["name", "latitude", "longitude"],
		order_by=None,
	)


def _place(row) -> tuple[float, float] | None:
	latitude, longitude = flt(row.get("latitude")), flt(row.get("longitude"))
	return (latitude, longitude) if latitude and longitude else None


def _score(row: dict, place: tuple[float, float] | None) -> tuple:
	there = _place(row)
	distance = round(distance_km(place, there), 1) if place and there else None
	return (
		row.get("size") or 0,
		distance if distance is not None else EARTH_KM * 4,
		row["name"],
		distance,
		row,
	)


def _proposal(row: dict, distance: float | None, from_address: bool, gaps: list[str]) -> Proposal:
	region = row.get("region")
	if not region:
		reason = say(reasons.NEAREST, distance)
	elif not row.get("above"):
		reason = say(reasons.ALL_REGIONS)
	elif from_address:
		reason = say(reasons.NAMED, region)
	else:
		reason = say(reasons.SERVES, region)
	if region and distance is not None:
		reason = f"{reason} {say(reasons.AWAY, distance)}"
	return Proposal(row["name"], region, distance, " ".join([reason, *gaps]))
