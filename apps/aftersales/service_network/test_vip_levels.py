import frappe
from frappe.utils import add_months, today
from freezegun import freeze_time

from aftersales.service_network import points, vip_levels
from aftersales.service_network.test_points import PointsCase
from aftersales.testing import factories
from aftersales.utils.append_only import AppendOnlyError


class TestVIPLevels(PointsCase):
	def setUp(self):
		super().setUp()
		frappe.db.set_value("VIP Level", {"assign_by_rule": 1}, "assign_by_rule", 0)
		rule = {"assign_by_rule": 1, "spent_months": 12}
		self.low = factories.make_vip_level(rank=50, minimum_points=100, **rule).name
		self.high = factories.make_vip_level(rank=60, minimum_points=500, **rule).name

	def level(self):
		return frappe.db.get_value("Service Customer", self.customer, "vip_level")

	def refreshed(self):
		vip_levels.refresh()
		return self.level()

	def test_up_and_down_by_what_was_earned_within_the_months(self):
		self.assertIsNone(self.refreshed())
		self.give(120)
		self.assertEqual(self.refreshed(), self.low)
		self.give(400)
		# what is spent stays earned
		self.give(-500, "Redeemed")
		self.assertEqual(self.refreshed(), self.high)
		with freeze_time(f"{add_months(today(), 13)} 03:00:00"):
			self.assertIsNone(self.refreshed())
			self.assertEqual(vip_levels.refresh(), 0)
		log = frappe.get_all(
			vip_levels.CHANGE,
			{"customer": self.customer},
			["old_level", "new_level", "reason", "points"],
			order_by="changed_on asc, creation asc",
		)
		self.assertEqual(
			[(row.old_level, row.new_level, row.reason, row.points) for row in log],
			[
				(None, self.low, "Rule", 120),
				(self.low, self.high, "Rule", 520),
				(self.high, None, "Rule", 0),
			],
		)

	def test_taken_back_is_not_earned(self):
		entry = self.give(120)
		points.reverse(entry.name, 30, f"returned:{self.customer}")
		self.assertIsNone(self.refreshed())

	def test_a_level_that_a_person_chose_stays_until_they_let_go(self):
		self.give(600)
		customer = frappe.get_doc("Service Customer", self.customer)
		customer.vip_level = self.low
		customer.save()
		self.assertTrue(customer.vip_level_kept)
		self.assertEqual(self.refreshed(), self.low)
		log = frappe.get_last_doc(vip_levels.CHANGE, {"customer": self.customer})
		self.assertEqual((log.reason, log.new_level, log.changed_by), ("Hand", self.low, "Administrator"))
		customer.reload()
		customer.vip_level_kept = 0
		customer.save()
		self.assertEqual(self.refreshed(), self.high)

	def test_a_level_without_rule_gives_way_to_a_higher_one_only(self):
		other = factories.make_vip_level(rank=55).name
		frappe.db.set_value("Service Customer", self.customer, "vip_level", other)
		self.give(120)
		self.assertEqual(self.refreshed(), other)
		self.give(400)
		self.assertEqual(self.refreshed(), self.high)

	def test_levels_that_ask_for_nothing_are_given_to_nobody(self):
		frappe.db.set_value("VIP Level", {"assign_by_rule": 1}, "minimum_points", 0)
		self.assertEqual(vip_levels.refresh(), 0)

	def test_statements_do_not_grow_with_the_customers(self):
		def cost(count):
			for _number in range(count):
				points.post(factories.make_customer().name, 10, "Earned")
			with self.count() as counted:
				vip_levels.refresh()
			return counted[0]

		cost(1)  # fills the caches
		few, more = cost(1), cost(5)
		self.assertEqual(few, more)

	def count(self):
		from contextlib import contextmanager
		from unittest.mock import patch

		@contextmanager
		def counting():
			number, sql = [0], frappe.db.sql

			def counted(*args, **kwargs):
				number[0] += 1
				return sql(*args, **kwargs)

			with patch.object(frappe.db, "sql", counted):
				yield number

		return counting()

	def test_the_log_stays(self):
		log = frappe.get_doc(
			vip_levels.CHANGE, {"customer": factories.make_customer(vip_level=self.low).name}
		)
		log.spent = 5
		self.assertRaises(AppendOnlyError, log.save)
		self.assertRaises(AppendOnlyError, frappe.delete_doc, vip_levels.CHANGE, log.name)
