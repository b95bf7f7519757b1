"""Proposals of technicians and what speaks against a plan."""

from datetime import datetime

import frappe
from frappe.tests.utils import FrappeTestCase

from aftersales.field_service import planning
from aftersales.field_service.planning import PlannedTimeError
from aftersales.field_service.technicians import proposals, propose
from aftersales.testing import factories, field

MONDAY = "2031-03-03"


def at(time: str, day: str = MONDAY) -> datetime:
	return frappe.utils.get_datetime(f"{day} {time}")


class PlanningCase(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.outlet = field.make_service_outlet().name
		cls.hours = factories.make_working_time(("Monday to Friday", "08:00", "18:00")).name
		cls.group = factories.make_product_category(is_group=1).name
		cls.category = factories.make_product_category(parent_product_category=cls.group).name
		cls.area = factories.make_region(is_group=1).name
		cls.region = factories.make_region(parent_service_region=cls.area).name

	def setUp(self):
		frappe.db.savepoint("before_test")

	def tearDown(self):
		frappe.set_user("Administrator")
		frappe.db.rollback(save_point="before_test")

	def technician(self, **fields):
		defaults = {
			"outlet": self.outlet,
			"working_time": self.hours,
			"skills": {self.category: 3},
			"daily_hours": 8,
		}
		return field.make_technician(**{**defaults, **fields}).name

	def order(self, technician=None, start="09:00", end="10:00", day=MONDAY, **fields):
		planned = {"planned_start": at(start, day), "planned_end": at(end, day)} if technician else {}
		defaults = {"outlet": self.outlet, "product_category": self.category, "technician": technician}
		return field.make_service_order(**{**defaults, **planned, **fields})

	def kinds(self, technician, day=MONDAY):
		begin = at("00:00", day)
		planned = planning.jobs([technician], begin, frappe.utils.add_days(begin, 1))
		found = planning.conflicts(planned, planning.people([technician]))
		return {order: [row["kind"] for row in rows] for (order, _who), rows in found.items()}


class TestConflicts(PlanningCase):
	def test_a_good_plan_has_none(self):
		technician = self.technician()
		self.order(technician, "08:00", "09:00")
		self.order(technician, "09:00", "10:00")  # begins when the other ends
		self.assertEqual(self.kinds(technician), {})

	def test_overlap_names_the_other_order(self):
		technician = self.technician()
		first, second = self.order(technician), self.order(technician, "09:59", "11:00")
		planned = planning.jobs([technician], at("00:00"), at("23:59"))
		found = planning.conflicts(planned, planning.people([technician]))
		self.assertIn(second.name, found[first.name, technician][0]["reason"])
		self.assertIn(first.name, found[second.name, technician][0]["reason"])

	def test_helpers_are_busy_too(self):
		technician = self.technician()
		self.order(technician)
		other = self.order(
			self.technician(), "09:30", "10:30", technicians=[{"technician": technician, "role": "Helper"}]
		)
		self.assertEqual(self.kinds(technician)[other.name], ["overlap"])

	def test_cancelled_orders_take_no_time(self):
		technician = self.technician()
		self.order(technician)
		gone = self.order(technician, reason="Wrong number")
		factories.act(gone, "Cancel")
		self.assertEqual(self.kinds(technician), {})

	def test_absence_holiday_and_night(self):
		absent = self.technician(absences=[(MONDAY, MONDAY, "Training")])
		order = self.order(absent)
		self.assertEqual(self.kinds(absent), {order.name: ["absent"]})
		late = self.technician()
		order = self.order(late, "17:30", "18:01")
		self.assertEqual(self.kinds(late), {order.name: ["working-time"]})
		sunday = "2031-03-02"
		order = self.order(late, day=sunday)
		self.assertEqual(self.kinds(late, sunday), {order.name: ["working-time"]})

	def test_skills_cover_what_lies_below(self):
		unskilled = self.technician(skills={factories.make_product_category().name: 5})
		order = self.order(unskilled)
		self.assertEqual(self.kinds(unskilled), {order.name: ["skill"]})
		broad = self.technician(skills={self.group: 1})
		self.order(broad)
		self.assertEqual(self.kinds(broad), {})

	def test_too_many_hours_on_a_day(self):
		technician = self.technician(daily_hours=2)
		one = self.order(technician, "08:00", "09:00")
		two = self.order(technician, "10:00", "11:00")
		self.assertEqual(self.kinds(technician), {})  # just full
		three = self.order(technician, "12:00", "12:15")
		self.assertEqual(self.kinds(technician), {order.name: ["hours"] for order in (one, two, three)})

	def test_planned_times(self):
		order = self.order(self.technician(), planned_end=None)
		self.assertEqual(order.planned_end, at("10:00"))  # the usual hour
		item = field.make_service_item(standard_hours=1.5).name
		order = self.order(
			self.technician(),
			planned_end=None,
			items=[{"service_item": item, "qty": 2, "standard_hours": 1.5}],
		)
		self.assertEqual(order.planned_end, at("12:00"))
		for wrong in (
			{"planned_end": at("09:00")},
			{"planned_end": at("09:00", "2031-04-04")},
			{"planned_start": None},
		):
			with self.subTest(wrong), self.assertRaises(PlannedTimeError):
				self.order(self.technician(), **wrong)


class TestProposals(PlanningCase):
	def test_skill_region_and_load_decide(self):
		expert = self.technician(skills={self.category: 5}, regions=[self.region])
		beginner = self.technician(skills={self.category: 1}, regions=[self.region])
		far = self.technician(skills={self.category: 5}, regions=[factories.make_region().name])
		rows = proposals(self.order(region=self.region, planned_start=at("09:00"), planned_end=at("10:00")))
		self.assertEqual([row["technician"] for row in rows], [expert, far, beginner])
		self.assertEqual(rows[0]["score"], 100)
		self.assertTrue(all(row["reasons"] for row in rows))
		for start in ("10:00", "11:00", "12:00", "13:00", "14:00", "15:00", "16:00"):
			self.order(expert, start, f"{int(start[:2]) + 1}:00")
		rows = proposals(self.order(region=self.region, planned_start=at("09:00"), planned_end=at("10:00")))
		self.assertEqual(rows[0]["technician"], expert)
		self.assertLess(rows[0]["score"], 80)

	def test_who_cannot_come_is_last_with_the_reason(self):
		away = self.technician(skills={self.category: 5}, absences=[(MONDAY, MONDAY, "Holiday")])
		there = self.technician(skills={self.category: 1})
		rows = proposals(self.order(planned_start=at("09:00"), planned_end=at("10:00")))
		self.assertEqual([row["technician"] for row in rows], [there, away])
		self.assertFalse(rows[1]["available"])
		self.assertIn("Holiday", rows[1]["reasons"][0])

	def test_who_is_near_anyway(self):
		near = self.technician(skills={self.category: 3}, regions=[factories.make_region().name])
		visit = self.order(near, "13:00", "14:00", region=self.region)
		rows = proposals(self.order(region=self.region, planned_start=at("09:00"), planned_end=at("10:00")))
		self.assertIn(visit.name, " ".join(rows[0]["reasons"]))

	def test_only_technicians_of_the_outlet_and_that_one_sees(self):
		other = field.make_service_outlet().name
		theirs = self.technician(outlet=other)
		mine = self.technician()
		names = [row["technician"] for row in proposals(self.order())]
		self.assertIn(mine, names)
		self.assertNotIn(theirs, names)
		user = field.staff_of(self.outlet, "Service Centre Staff")
		order = self.order(outlet=other)
		with field.as_user(user):
			self.assertNotIn(theirs, [row["technician"] for row in proposals(order)])
			self.assertRaises(frappe.PermissionError, propose, order.name)
		with field.as_user(factories.user_with("Shop Staff")):
			self.assertTrue(propose(order.name))
		for role in ("Market Salesperson", "Aftersales Customer"):
			with field.as_user(factories.user_with(role)):
				self.assertRaises(frappe.PermissionError, propose, order.name)

	def test_the_cost_does_not_grow_with_the_technicians(self):
		order = self.order(region=self.region, planned_start=at("09:00"), planned_end=at("10:00"))
		for number in range(6):
			self.order(self.technician(), f"{9 + number}:00", f"{10 + number}:00", region=self.region)
		proposals(order)
		with self.assertQueryCount(10):
			self.assertGreaterEqual(len(proposals(order)), 6)
