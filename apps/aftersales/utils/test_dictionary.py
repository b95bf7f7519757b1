import frappe
from frappe.client import delete as client_delete
from frappe.client import set_value
from frappe.tests.utils import FrappeTestCase

from aftersales.testing import factories
from aftersales.utils.dictionary import LockedValueError


class TestLockedValues(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.manager = factories.user_with("Service Manager")
		cls.admin = factories.user_with("Aftersales Administrator")
		cls.locked = factories.make_solution_method(locked=1).name
		cls.open = factories.make_solution_method().name

	def tearDown(self):
		frappe.set_user("Administrator")

	def test_an_open_value_is_the_managers_to_change(self):
		frappe.set_user(self.manager)
		set_value("Solution Method", self.open, "description", "By telephone")
		self.assertEqual(frappe.db.get_value("Solution Method", self.open, "description"), "By telephone")

	def test_a_locked_value_is_not(self):
		frappe.set_user(self.manager)
		self.assertRaises(
			LockedValueError, set_value, "Solution Method", self.locked, "description", "By telephone"
		)
		self.assertRaises(LockedValueError, set_value, "Solution Method", self.locked, "locked", 0)
		self.assertRaises(LockedValueError, client_delete, "Solution Method", self.locked)
		self.assertRaises(
			LockedValueError, frappe.rename_doc, "Solution Method", self.locked, "Other", show_alert=False
		)
		self.assertRaises(
			LockedValueError, frappe.rename_doc, "Solution Method", self.open, self.locked, merge=True
		)

	def test_locking_is_for_those_who_set_parameters(self):
		frappe.set_user(self.manager)
		self.assertRaises(LockedValueError, set_value, "Solution Method", self.open, "locked", 1)
		frappe.set_user(self.admin)
		set_value("Solution Method", self.open, "locked", 1)
		set_value("Solution Method", self.open, "locked", 0)

	def test_who_sets_parameters_changes_locked_values(self):
		frappe.set_user(self.admin)
		set_value("Solution Method", self.locked, "description", "By exchange")
		self.assertEqual(frappe.db.get_value("Solution Method", self.locked, "description"), "By exchange")

	def test_an_agent_reads_and_changes_nothing(self):
		frappe.set_user(factories.user_with("Service Agent"))
		self.assertIn(self.open, frappe.get_list("Solution Method", pluck="name"))
		self.assertRaises(frappe.PermissionError, set_value, "Solution Method", self.open, "description", "x")
