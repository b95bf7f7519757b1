import frappe
from frappe.tests.utils import FrappeTestCase

from aftersales.testing.factories import make_customer, make_vip_level, user_with


class TestVIPLevel(FrappeTestCase):
	def tearDown(self):
		frappe.set_user("Administrator")

	def test_name_is_trimmed_and_unique(self):
		self.assertEqual(make_vip_level(level_name="  超级  会员 ").name, "超级 会员")
		with self.assertRaises(frappe.DuplicateEntryError):
			make_vip_level(level_name="超级 会员 ")

	def test_rank_is_not_negative(self):
		with self.assertRaises(frappe.NonNegativeError):
			make_vip_level(rank=-1)

	def test_level_in_use_is_not_deleted(self):
		level = make_vip_level()
		make_customer(vip_level=level.name)
		self.assertRaises(frappe.LinkExistsError, level.delete)

	def test_site_starts_with_levels_in_order(self):
		levels = frappe.get_all(
			"VIP Level",
			{"name": ["in", ["Gold", "Regular", "Diamond", "Silver"]]},
			pluck="name",
			order_by="rank asc",
		)
		self.assertEqual(levels, ["Regular", "Silver", "Gold", "Diamond"])

	def test_agents_only_read(self):
		frappe.set_user(user_with("Service Agent"))
		self.assertTrue(frappe.has_permission("VIP Level", "read"))
		self.assertFalse(frappe.has_permission("VIP Level", "write"))
