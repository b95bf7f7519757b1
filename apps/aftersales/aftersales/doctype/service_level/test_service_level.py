import frappe
from frappe.tests.utils import FrappeTestCase

from aftersales.aftersales.doctype.service_level.service_level import (
	NoDeadlinesError,
	UnknownConditionError,
	condition_options,
	possible_document_types,
)
from aftersales.testing import factories


class TestServiceLevel(FrappeTestCase):
	def tearDown(self):
		frappe.set_user("Administrator")

	def test_documents_without_deadlines(self):
		with self.assertRaisesRegex(NoDeadlinesError, "Service Ticket"):
			factories.make_service_level(document_type="ToDo")

	def test_unknown_values(self):
		for values in ({"urgency": "Yesterday"}, {"record_type": "Nonsense"}):
			with self.assertRaises(UnknownConditionError):
				factories.make_service_level(**values)

	def test_the_form_offers_what_the_document_has(self):
		self.assertIn("Service Ticket", possible_document_types())
		self.assertIn("Critical", condition_options("Service Ticket")["urgency"])
		self.assertEqual(condition_options("ToDo"), {"record_type": [], "urgency": []})

	def test_rights(self):
		for user in ("Guest", factories.user_with("Shop Staff")):
			frappe.set_user(user)
			self.assertRaises(frappe.PermissionError, possible_document_types)
			self.assertRaises(frappe.PermissionError, condition_options, "Service Ticket")
		frappe.set_user(factories.user_with("Service Agent"))
		self.assertTrue(condition_options("Service Ticket"))

	def test_shipped_levels(self):
		self.assertTrue(frappe.db.exists("Service Level", "Standard Ticket"))
		self.assertEqual(frappe.db.get_value("Service Level", "Critical Ticket", "urgency"), "Critical")
