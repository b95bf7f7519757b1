"""Who should go: technicians proposed for a Service Order by skill, region and load, each with the reasons."""

from datetime import date, datetime, time, timedelta

import frappe
from frappe import _
from frappe.utils import flt, format_date, get_datetime, now_datetime

from aftersales.field_service import planning
from aftersales.field_service.coverage import Areas
from aftersales.field_service.planning import ORDER, Job, Person
from aftersales.utils.access import check_permission

TECHNICIAN = "Technician"
MOST = 200
# Of 100 points: level of the skill, nearness of the region, free time of the day.
SKILL_POINTS, REGION_POINTS, LOAD_POINTS = 40, 30, 30
HIGHEST_LEVEL = 5


@frappe.whitelist()
def propose(order: str) -> list[dict]:
	"""Return the technicians for an order, the best first, see `proposals`.

	:param order: name of a Service Order that the user may read.
	:raises frappe.PermissionError: the user may not read it, or no technicians.
	"""
	check_permission(TECHNICIAN)
	doc = frappe.get_doc(ORDER, order)
	doc.check_permission("read")
	return proposals(doc)


def proposals(order: dict) -> list[dict]:
	"""Return technicians for an order, the best first; who cannot come at that time is last, with the reason.

	Candidates are the enabled technicians of the order's outlet whom the user may see, all of them when it has none.

	:param order: Service Order, or a dict with its `outlet`, `region`, `product_category`, `planned_start` and `planned_end`.
	:returns: `technician`, `technician_name`, `score` (0 to 100), `available`, `reasons` (translated). Ten statements at most.
	"""
	persons = planning.people(candidates(order.get("outlet")))
	day = day_of(order)
	begin = datetime.combine(day, time())
	planned = [
		job
		for job in planning.jobs(persons, begin, begin + timedelta(days=1))
		if job.order != order.get("name")
	]
	judge = Judge(order, day, planned, Grounds([order], planned, persons))
	rows = [judge.proposal(person) for person in persons.values()]
	return sorted(rows, key=lambda row: (not row["available"], -row["score"], row["technician_name"]))


def candidates(outlet: str | None) -> list[str]:
	"""Return enabled technicians of an outlet whom the user may see; of all outlets when it has none."""
	of_outlet = [["outlet", "=", outlet]] if outlet else []
	for filters in (of_outlet, []) if of_outlet else ([],):
		names = frappe.get_list(
			TECHNICIAN, [["enabled", "=", 1], *filters], pluck="name", order_by="name", limit_page_length=MOST
		)
		if names:
			return names
	return []


def day_of(order: dict) -> date:
	"""Return the day for which an order is planned; today when it is not."""
	return get_datetime(order.get("planned_start") or now_datetime()).date()


class Grounds:
	"""The trees that orders, what is planned and technicians lie in, read with two statements for any number of them."""

	def __init__(self, orders: list[dict], planned: list[Job], persons: dict[str, Person]):
		everybody = persons.values()
		self.categories = Areas(
			"Product Category",
			{
				*(order.get("product_category") for order in orders),
				*(name for one in everybody for name in one.skills),
			},
		)
		self.regions = Areas(
			"Service Region",
			{
				*(order.get("region") for order in orders),
				*(name for one in everybody for name in one.regions),
				*(job.region for job in planned),
			},
		)


class Judge:
	"""Weighs technicians for one order.

	:param planned: what else is planned for them on that day.
	:param grounds: trees that hold the order's category and region, and those of the technicians.
	:param hours: planned hours, when they were reckoned already.
	"""

	def __init__(
		self, order: dict, day: date, planned: list[Job], grounds: "Grounds", hours: dict | None = None
	):
		self.order, self.day, self.planned = order, day, planned
		self.hours = planning.hours_by_day(planned) if hours is None else hours
		self.categories, self.regions = grounds.categories, grounds.regions

	def proposal(self, person: Person) -> dict:
		"""Return one technician with score and reasons."""
		parts = [self.skill(person), self.region(person), self.load(person)]
		score = round(sum(points for points, _reason in parts))
		obstacles = self.obstacles(person)
		return {
			"technician": person.name,
			"technician_name": person.technician_name,
			"outlet": person.outlet,
			"score": 0 if obstacles else score,
			"available": not obstacles,
			"reasons": obstacles + [reason for _points, reason in parts if reason],
		}

	def skill(self, person: Person) -> tuple[float, str]:
		"""Points and reason of the skill; without a category everybody can do it."""
		category = self.order.get("product_category")
		if not category:
			return SKILL_POINTS, ""
		known = self.categories.nearest(person.skills, category)
		if not known:
			return 0, planning.no_skill_text(person, category)
		level = person.skills[known]
		return SKILL_POINTS * level / HIGHEST_LEVEL, _("Skill {0}: level {1}").format(_(known), level)

	def region(self, person: Person) -> tuple[float, str]:
		"""Points and reason of the distance, told by the tree of regions; being there anyway on that day is nearest."""
		region = self.order.get("region")
		if not region:
			return REGION_POINTS, ""
		for job in self.planned:
			if job.technician == person.name and job.region == region:
				return REGION_POINTS, _("Is in {0} on that day anyway ({1})").format(_(region), job.order)
		served = self.regions.nearest(person.regions, region)
		if served == region:
			return REGION_POINTS, _("Serves {0}").format(_(region))
		if served:
			return REGION_POINTS * 0.7, _("Serves {0}, which includes {1}").format(_(served), _(region))
		if not person.regions and person.outlet and person.outlet == self.order.get("outlet"):
			return REGION_POINTS * 0.5, _("Belongs to {0}").format(person.outlet)
		return 0, _("Does not serve {0}").format(_(region))

	def load(self, person: Person) -> tuple[float, str]:
		"""Points and reason of the free time of the day."""
		hours = self.hours.get((person.name, self.day), 0.0)
		limit = person.daily_hours or 24.0
		reason = _("{0} of {1} hours planned on {2}").format(
			flt(hours, 1), flt(limit, 1), format_date(self.day)
		)
		return LOAD_POINTS * max(0.0, 1 - hours / limit), reason

	def obstacles(self, person: Person) -> list[str]:
		"""Return why somebody cannot come on that day or at that time."""
		wanted = planning.job_of({**dict_of(self.order), "product_category": None}, person.name)
		if not wanted:
			gone = person.absence_on(self.day, self.day)
			return [planning.absence_text(person, gone)] if gone else []
		found = planning.conflicts([wanted, *self.planned], {person.name: person}, self.categories)
		return [row["reason"] for row in found.get((wanted.order, person.name), [])]


def dict_of(order: dict) -> dict:
	"""Return the fields of an order that planning asks about."""
	return {key: order.get(key) for key in ("name", "planned_start", "planned_end", "region")}


def technician_of(user: str | None = None) -> str | None:
	"""Return the enabled technician of a user, None when the user is none.

	:param user: the session's user when left out.
	"""
	return frappe.db.get_value(TECHNICIAN, {"user": user or frappe.session.user, "enabled": 1})
