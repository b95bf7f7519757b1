import frappe
from frappe.tests.utils import FrappeTestCase

from aftersales.aftersales.doctype.complaint_type.complaint_type import RouteError
from aftersales.setup.records import read_records
from aftersales.testing import factories
from aftersales.utils.child_rows import ChildRowError


class TestComplaintType(FrappeTestCase):
	def setUp(self):
		frappe.db.savepoint("before_test")
		self.addCleanup(frappe.db.rollback, save_point="before_test")
		self.addCleanup(frappe.set_user, "Administrator")
		self.department = factories.make_service_department().name

	def test_a_department_reviews_once(self):
		self.assertRaises(RouteError, factories.make_complaint_type, self.department, self.department)

	def test_hours_are_a_time(self):
		for hours in (0, -1):
			row = {"department": self.department, "review_hours": 8, "handling_hours": hours}
			self.assertRaises(frappe.ValidationError, factories.make_complaint_type, route=[row])

	def test_a_step_is_not_changed_by_itself(self):
		type_ = factories.make_complaint_type(self.department)
		row = frappe.get_doc("Complaint Route Step", type_.route[0].name)
		row.review_hours = 0
		self.assertRaises(ChildRowError, row.save)

	def test_shipped_types_lead_where_the_routing_table_says(self):
		"""S6.30: quality to inspection, packaging to the warehouse, attitude and marketing to sales."""
		routes = {
			record["type_name"]: [row["department"] for row in record.get("route", [])]
			for record in read_records("records")
			if record["doctype"] == "Complaint Type"
		}
		self.assertEqual(routes["Goods Quality or Use"], ["Quality Inspection"])
		self.assertEqual(routes["Packaging Damage or Deterioration"], ["Warehousing and Distribution"])
		self.assertEqual(routes["Shop Marketing"], ["Sales"])
		self.assertEqual(routes["Attitude or Neglect by Service Staff"], ["Sales"])

	def test_agents_choose_but_do_not_change(self):
		type_ = factories.make_complaint_type(self.department)
		frappe.set_user(factories.user_with("Service Agent"))
		self.assertTrue(frappe.has_permission("Complaint Type", "read", doc=type_.name))
		self.assertFalse(frappe.has_permission("Complaint Type", "write", doc=type_.name))
