import frappe
from frappe.tests.utils import FrappeTestCase

from aftersales.testing import factories


class TestServiceStaff(FrappeTestCase):
	def setUp(self):
		frappe.db.savepoint("staff_test")

	def tearDown(self):
		frappe.set_user("Administrator")
		frappe.db.rollback(save_point="staff_test")

	def test_one_record_per_user_and_staff_number(self):
		first = factories.make_staff(factories.user_with("Service Agent"), staff_no=" 007 ")
		self.assertEqual((first.name, first.staff_no), (first.user, "007"))
		self.assertRaises(frappe.DuplicateEntryError, factories.make_staff, first.user)
		other = factories.user_with("Service Manager")
		self.assertRaises(frappe.UniqueValidationError, factories.make_staff, other, staff_no="007")

	def test_many_without_a_number(self):
		for role in ("Service Agent", "Service Manager"):
			self.assertIsNone(
				factories.make_staff(factories.user_with(role, "Case Handler"), staff_no="").staff_no
			)

	def test_name_is_that_of_the_user(self):
		user = factories.make_user("Service Agent", first_name="王", last_name="芳")
		self.assertEqual(factories.make_staff(user.name, full_name="Somebody").full_name, user.full_name)

	def test_follows_a_renamed_user(self):
		user = factories.make_user("Service Agent").name
		below = factories.make_staff(factories.user_with("Service Agent"), reports_to=user)
		new = f"new-{user}"
		frappe.rename_doc("User", user, new, show_alert=False)
		self.assertEqual(frappe.db.get_value("Service Staff", new, "user"), new)
		self.assertFalse(frappe.db.exists("Service Staff", user))
		self.assertEqual(frappe.db.get_value("Service Staff", below.name, "reports_to"), new)

	def test_everybody_reads_and_few_write(self):
		staff = factories.make_staff(factories.user_with("Service Agent"))
		for role, may_write in (
			("Service Agent", False),
			("May Set Parameters", True),
			("Shop Staff", False),
		):
			frappe.set_user(factories.user_with(role))
			self.assertEqual(
				bool(frappe.has_permission("Service Staff", "write", doc=staff)), may_write, role
			)
			self.assertEqual(bool(frappe.has_permission("Service Staff", "read")), True, role)
			frappe.set_user("Administrator")
