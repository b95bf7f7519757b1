from contextlib import contextmanager

import frappe
from frappe.tests.utils import FrappeTestCase
from frappe.utils import add_days, today
from freezegun import freeze_time

from aftersales.service_network import points
from aftersales.service_network.doctype.points_entry.points_entry import PointsError
from aftersales.service_network.points_sections import points_of_caller
from aftersales.testing import factories
from aftersales.testing.points import make_points_entry
from aftersales.utils.append_only import AppendOnlyError


@contextmanager
def acting_as(*roles):
	frappe.set_user(factories.user_with(*roles))
	try:
		yield
	finally:
		frappe.set_user("Administrator")


class PointsCase(FrappeTestCase):
	def setUp(self):
		frappe.set_user("Administrator")
		self.customer = factories.make_customer().name

	def tearDown(self):
		frappe.set_user("Administrator")

	def give(self, number, kind="Earned", **fields):
		return points.post(self.customer, number, kind, **fields)

	def figures(self):
		fields = ["balance", "owed", "earned", "redeemed", "expired"]
		return frappe.db.get_value(points.BALANCE, {"customer": self.customer}, fields)

	def assert_sums(self):
		"""What must hold at any moment."""
		balance = points.balance(self.customer)
		sums = frappe.get_all(
			points.ENTRY,
			{"customer": self.customer},
			["sum(points) as points", "sum(points_left) as points_left"],
		)[0]
		self.assertEqual((sums.points or 0, sums.points_left or 0), (balance, balance))
		self.assertGreaterEqual(balance, 0)


class TestPoints(PointsCase):
	def test_what_expires_first_is_spent_first(self):
		late = self.give(50, expires_on=add_days(today(), 300))
		stays = self.give(30)
		soon = self.give(20, expires_on=add_days(today(), 10))
		taken = self.give(-60, "Redeemed")
		left = {
			entry.name: frappe.db.get_value(points.ENTRY, entry.name, "points_left")
			for entry in (late, stays, soon)
		}
		self.assertEqual(left, {soon.name: 0, late.name: 10, stays.name: 30})
		self.assertEqual((taken.balance_after, self.figures()), (40, (40, 0, 100, 60, 0)))
		self.assert_sums()

	def test_never_below_zero(self):
		self.assertRaises(points.NotEnoughPointsError, self.give, -1, "Redeemed")
		self.give(5)
		self.assertRaises(points.NotEnoughPointsError, self.give, -6, "Adjusted")
		self.assertEqual(points.balance(self.customer), 5)
		self.assert_sums()

	def test_a_key_counts_once_and_nothing_is_no_entry(self):
		self.assertTrue(self.give(5, key=f"once:{self.customer}"))
		self.assertIsNone(self.give(5, key=f"once:{self.customer}"))
		self.assertIsNone(self.give(0))
		self.assertEqual(points.balance(self.customer), 5)

	def test_points_expire_after_their_last_day(self):
		self.give(10, expires_on=today())
		self.give(7, expires_on=add_days(today(), 1))
		self.give(5)
		self.assertIsNone(points.expire(self.customer))
		self.assertEqual(points.expiring(self.customer, today()), 10)
		with freeze_time(f"{add_days(today(), 1)} 00:10:00"):
			self.assertEqual(points.expire(self.customer).points, -10)
			self.assertIsNone(points.expire(self.customer))
		with freeze_time(f"{add_days(today(), 400)} 03:00:00"):
			points.expire_due()
		self.assertEqual(self.figures(), (5, 0, 22, 0, 17))
		self.assert_sums()

	def test_what_was_redeemed_comes_back_with_its_days(self):
		first = self.give(10, expires_on=add_days(today(), 5))
		second = self.give(10)
		taken = self.give(-15, "Redeemed")
		back = points.give_back(taken.name, "back")
		self.assertIsNone(points.give_back(taken.name, "back"))
		left = [frappe.db.get_value(points.ENTRY, one.name, "points_left") for one in (first, second, back)]
		self.assertEqual((left, self.figures()), ([10, 10, 0], (20, 0, 20, 0, 0)))
		self.assert_sums()

	def test_points_of_a_purchase_that_is_taken_back_are_owed_when_spent(self):
		bought = self.give(100)
		self.give(-70, "Redeemed")
		points.reverse(bought.name, 100, f"returned:{self.customer}")
		self.assertIsNone(points.reverse(bought.name, 100, f"returned:{self.customer}"))
		self.assertEqual(self.figures()[:2], (0, 70))
		self.give(50)
		self.assertEqual(self.figures()[:2], (0, 20))
		self.give(50)
		self.assertEqual(self.figures()[:2], (30, 0))
		self.assert_sums()

	def test_all_of_a_purchase_is_owed_once_when_nothing_is_left(self):
		bought = self.give(100)
		self.give(-100, "Redeemed")
		for _time in range(2):
			points.reverse(bought.name, 100, f"returned:{self.customer}")
		self.assertEqual(self.figures()[:2], (0, 100))

	def test_a_purchase_taken_back_takes_its_own_points_first(self):
		old = self.give(30, expires_on=add_days(today(), 3))
		bought = self.give(40, expires_on=add_days(today(), 300))
		points.reverse(bought.name, 40, f"returned:{self.customer}")
		left = [frappe.db.get_value(points.ENTRY, one.name, "points_left") for one in (old, bought)]
		self.assertEqual(left, [30, 0])
		self.assert_sums()

	def test_people_adjust_only_and_say_why(self):
		with acting_as("May Manage Points"):
			entry = frappe.get_doc(
				doctype=points.ENTRY,
				customer=self.customer,
				points=10,
				kind="Adjusted",
				remarks="Sorry",
				reference_doctype="Service Customer",
				reference_name=self.customer,
				entry_key="mine",
				balance_after=999,
			).insert()
			self.assertEqual((entry.balance_after, entry.reference_name, entry.entry_key), (10, None, None))
			for wrong in ({"kind": "Earned"}, {"remarks": " "}, {"points": 0}, {"expires_on": "2020-01-01"}):
				doc = frappe.copy_doc(entry).update({"kind": "Adjusted", "remarks": "Sorry", **wrong})
				self.assertRaises(PointsError, doc.insert)
		with acting_as("Service Agent"):
			self.assertFalse(frappe.has_permission(points.ENTRY, "create"))
			self.assertTrue(frappe.has_permission(points.ENTRY, "read"))
		with acting_as("Service Technician"):
			self.assertFalse(frappe.has_permission(points.ENTRY, "read"))

	def test_entries_and_balances_stay(self):
		entry = self.give(5)
		entry.remarks = "changed"
		self.assertRaises(AppendOnlyError, entry.save)
		self.assertRaises(AppendOnlyError, frappe.delete_doc, points.ENTRY, entry.name)
		balance = frappe.get_doc(points.BALANCE, {"customer": self.customer})
		balance.balance = 500
		self.assertRaises(AppendOnlyError, balance.save)
		self.assertRaises(AppendOnlyError, frappe.delete_doc, points.BALANCE, balance.name)

	def test_two_customers_become_one_with_the_points_of_both(self):
		self.give(10)
		other = make_points_entry(points=5).customer
		frappe.rename_doc("Service Customer", other, self.customer, merge=True, show_alert=False)
		self.assertEqual(self.figures()[0], 15)
		self.assert_sums()
		third = factories.make_customer().name
		frappe.rename_doc("Service Customer", self.customer, third, merge=True, show_alert=False)
		self.customer = third
		self.assertEqual(self.figures()[0], 15)
		self.assert_sums()
		name = factories.unique("SC").replace(" ", "-")
		frappe.rename_doc("Service Customer", self.customer, name, show_alert=False)
		self.assertEqual(points.balance(name), 15)

	def test_few_statements_for_an_entry(self):
		self.give(10)
		self.give(10)
		with self.assertQueryCount(25):
			self.give(-15, "Redeemed")

	def test_the_pop_up_tells_the_points_to_those_who_may_read_them(self):
		call = frappe._dict(customer=self.customer)
		self.assertIsNone(points_of_caller(call))
		self.give(10, expires_on=add_days(today(), 5))
		section = points_of_caller(call)
		self.assertEqual(section["count"], 10)
		self.assertIn("10", section["rows"][0]["text"])
		self.assertEqual(section["action"]["customer"], self.customer)
		with acting_as("Finance Clerk"):
			self.assertNotIn("action", points_of_caller(call))
		with acting_as("Service Technician"):
			self.assertIsNone(points_of_caller(call))
		self.assertIsNone(points_of_caller(frappe._dict(customer=None)))
