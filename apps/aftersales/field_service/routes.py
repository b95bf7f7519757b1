"""Route order: the visits of a day one after the other, so that the ways between them are short.

There is no map. Where places are known (coordinates of orders and of the outlet) the way is the distance as the crow flies,
else visits of the same region, and of regions that lie near in the tree, go together. Visits with an appointment or a promised
time, and those that have begun, keep their time.
"""

from datetime import date, datetime, time, timedelta
from itertools import pairwise

import frappe
from frappe import _
from frappe.utils import flt, get_datetime, getdate

from aftersales.field_service.moves import move
from aftersales.field_service.planning import ORDER
from aftersales.field_service.technicians import MOST, TECHNICIAN
from aftersales.service_network.outlet_choice import distance_km
from aftersales.utils.access import check_permission

MOVABLE = ("Open", "Dispatched", "Received")
KM_PER_HOUR = 30.0
MOST_TURNED = 40
# Between visits of which the places are not known.
USUAL_WAY = timedelta(minutes=15)
SAME_REGION_KM, REGION_STEP_KM = 3.0, 10.0
FIELDS = [
	"name",
	"modified",
	"customer_name",
	"technician",
	"planned_start",
	"planned_end",
	"promised_at",
	"appointment",
	"arrived_at",
	"stage",
	"region",
	"latitude",
	"longitude",
]


class RouteError(frappe.ValidationError):
	"""What was sent is no plan of visits."""


@frappe.whitelist()
def preview(day: str, outlet: str | None = None, technician: str | None = None) -> list[dict]:
	"""Return the route order of a day for each technician whom the user sees; nothing is stored.

	:param day: the day.
	:param outlet: only technicians of this one.
	:param technician: only this one.
	:returns: per technician with visits: `technician`, `technician_name`, `visits` (`order`, `customer_name`, `modified`, `planned_start`,
		`planned_end`) in route order, and `changed`.
	:raises frappe.PermissionError: the user may not read orders or technicians.
	"""
	check_permission(ORDER)
	check_permission(TECHNICIAN)
	filters = {"enabled": 1, "outlet": outlet, "name": technician}
	people = frappe.get_list(
		TECHNICIAN,
		{key: value for key, value in filters.items() if value},
		["name", "technician_name", "outlet"],
		order_by="technician_name",
		limit_page_length=MOST,
	)
	visits = visits_of([person.name for person in people], getdate(day))
	starts = places_of({person.outlet for person in people if person.outlet})
	ranks = region_ranks({visit.region for rows in visits.values() for visit in rows})
	found = []
	for person in people:
		own = visits.get(person.name)
		if own:
			laid = lay_out(own, starts.get(person.outlet), ranks)
			found.append({"technician": person.name, "technician_name": person.technician_name, **laid})
	return found


def visits_of(technicians: list[str], day: date) -> dict[str, list]:
	"""Return the visits of a day by technician, those that the user may see, in one statement."""
	begin = datetime.combine(day, time())
	rows = frappe.get_list(
		ORDER,
		[
			["technician", "in", technicians or [""]],
			["planned_start", ">=", begin],
			["planned_start", "<", begin + timedelta(days=1)],
			["stage", "!=", "Cancelled"],
			["order_kind", "not in", ["Workshop", "Counter Repair"]],
		],
		FIELDS,
		order_by="planned_start, creation",
		limit_page_length=0,
	)
	found: dict[str, list] = {}
	for row in rows:
		found.setdefault(row.technician, []).append(row)
	return found


def places_of(outlets: set[str]) -> dict[str, tuple[float, float]]:
	"""Return where outlets are, as far as it is known."""
	rows = frappe.get_all(
		"Service Outlet", {"name": ("in", sorted(outlets) or [""])}, ["name", "latitude", "longitude"]
	)
	return {row.name: place for row in rows if (place := place_of(row))}


def place_of(row: dict) -> tuple[float, float] | None:
	"""Return latitude and longitude in degrees; 0 stands for not given."""
	latitude, longitude = flt(row.get("latitude")), flt(row.get("longitude"))
	return (latitude, longitude) if latitude and longitude else None


def region_ranks(regions: set[str | None]) -> dict[str, int]:
	"""Return the places of regions in the order of their tree, in which neighbours have the same parent."""
	names = sorted(name for name in regions if name)
	rows = frappe.get_all("Service Region", {"name": ("in", names or [""])}, ["name", "lft"], order_by="lft")
	return {row.name: number for number, row in enumerate(rows)}


def lay_out(visits: list, start: tuple[float, float] | None, ranks: dict[str, int]) -> dict:
	"""Return visits in route order with their times: fixed ones where they are, the others around them.

	:param visits: of one technician on one day, by planned time.
	:param start: place of the outlet, from where one sets out.
	:param ranks: see `region_ranks`.
	"""
	fixed = [visit for visit in visits if is_fixed(visit)]
	free = sequence([visit for visit in visits if not is_fixed(visit)], start, ranks)
	moment = min(get_datetime(visit.planned_start) for visit in visits)
	laid, previous = [], None
	for visit in free:
		length = get_datetime(visit.planned_end) - get_datetime(visit.planned_start)
		begin = moment + way(previous, visit) if previous else moment
		begin = around(fixed, ceil_five(begin), length)
		laid.append((begin, begin + length, visit))
		moment, previous = begin + length, visit
	laid += [(get_datetime(visit.planned_start), get_datetime(visit.planned_end), visit) for visit in fixed]
	rows = [
		{
			"order": visit.name,
			"customer_name": visit.customer_name,
			"modified": visit.modified,
			"planned_start": begin,
			"planned_end": end,
		}
		for begin, end, visit in sorted(laid, key=lambda row: (row[0], row[2].name))
	]
	changed = any(begin != get_datetime(visit.planned_start) for begin, _end, visit in laid)
	return {"visits": rows, "changed": changed}


def is_fixed(visit: dict) -> bool:
	"""Whether a visit keeps its time: agreed with the customer, promised, or begun."""
	return bool(visit.appointment or visit.promised_at or visit.arrived_at or visit.stage not in MOVABLE)


def sequence(visits: list, start: tuple[float, float] | None, ranks: dict[str, int]) -> list:
	"""Return visits in a short order: always the nearest next, then crossings are undone (2-opt).

	Without a place to set out from the first planned visit stays the first.
	"""
	left, done = list(visits), []
	if left and not start:
		done.append(left.pop(0))
	while left:
		here = done[-1] if done else None
		nearest = min(left, key=lambda visit: (apart(here, visit, ranks, start), visit.name))
		left.remove(nearest)
		done.append(nearest)
	return untangle(done, start, ranks)


def untangle(route: list, start: tuple[float, float] | None, ranks: dict[str, int]) -> list:
	"""Turn parts of a route around for as long as that makes it shorter; nobody has more than `MOST_TURNED` visits on a day."""
	first = 0 if start else 1
	better = len(route) <= MOST_TURNED
	while better:
		better = False
		for i in range(first, len(route) - 1):
			for j in range(i + 1, len(route)):
				turned = route[:i] + route[i : j + 1][::-1] + route[j + 1 :]
				if length(turned, start, ranks) < length(route, start, ranks) - 1e-6:
					route, better = turned, True
	return route


def length(route: list, start: tuple[float, float] | None, ranks: dict[str, int]) -> float:
	"""Return the length of a route in km, from the outlet on if its place is known."""
	legs = sum(apart(a, b, ranks, start) for a, b in pairwise(route))
	return legs + (apart(None, route[0], ranks, start) if start and route else 0)


def apart(a: dict | None, b: dict, ranks: dict[str, int], start: tuple[float, float] | None = None) -> float:
	"""Return how far two visits are apart in km; where places are unknown, by their regions.

	:param a: None: from the outlet, at `start`.
	"""
	here, there = place_of(a) if a else start, place_of(b)
	if here and there:
		return distance_km(here, there)
	if not a or a.region not in ranks or b.region not in ranks:
		return REGION_STEP_KM
	steps = abs(ranks[a.region] - ranks[b.region])
	return SAME_REGION_KM + steps * REGION_STEP_KM


def way(a: dict, b: dict) -> timedelta:
	"""Return how long the way between two visits takes."""
	here, there = place_of(a), place_of(b)
	if not (here and there):
		return USUAL_WAY
	return timedelta(hours=distance_km(here, there) / KM_PER_HOUR)


def around(fixed: list, begin: datetime, length: timedelta) -> datetime:
	"""Return the first moment from `begin` on at which a visit of this length touches no fixed one."""
	for visit in sorted(fixed, key=lambda row: get_datetime(row.planned_start)):
		start, end = get_datetime(visit.planned_start), get_datetime(visit.planned_end)
		if begin < end and start < begin + length:
			begin = ceil_five(end + USUAL_WAY)
	return begin


def ceil_five(moment: datetime) -> datetime:
	"""Return the next full five minutes."""
	over = timedelta(minutes=moment.minute % 5, seconds=moment.second, microseconds=moment.microsecond)
	return moment - over + timedelta(minutes=5) if over else moment


@frappe.whitelist(methods=["POST"])
def apply(visits: list | str) -> int:
	"""Store the times of a preview, all or none.

	:param visits: rows of `preview`: `order`, `planned_start`, `planned_end`, `modified`.
	:returns: how many orders got another time.
	:raises RouteError: what was sent is no such list.
	:raises frappe.PermissionError: the user may not change one of the orders.
	:raises frappe.TimestampMismatchError: somebody changed one meanwhile.
	"""
	check_permission(ORDER, "write")
	rows = frappe.parse_json(visits)
	if not (isinstance(rows, list) and 0 < len(rows) <= 1000 and all(isinstance(row, dict) for row in rows)):
		frappe.throw(_("Send the visits as the preview showed them."), RouteError)
	changed = 0
	for row in sorted(rows, key=lambda row: str(row.get("order"))):
		doc = frappe.get_doc(ORDER, str(row.get("order")), for_update=True)
		doc.check_permission("write")
		start, end = get_datetime(row.get("planned_start")), get_datetime(row.get("planned_end"))
		if (start, end) != (get_datetime(doc.planned_start), get_datetime(doc.planned_end)):
			move(doc, {"planned_start": start, "planned_end": end}, row.get("modified"))
			changed += 1
	return changed
