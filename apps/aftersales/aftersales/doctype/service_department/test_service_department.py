import frappe
from frappe.tests.utils import FrappeTestCase

from aftersales.testing.factories import make_department, user_with
from aftersales.testing.tree_cases import TreeCases


class TestServiceDepartment(TreeCases, FrappeTestCase):
	doctype = "Service Department"
	title_field = "department_name"
	root = "All Departments"
	make = staticmethod(make_department)

	def test_staff_keeps_its_department(self):
		from aftersales.testing.factories import make_staff

		department = make_department()
		make_staff(user_with("Service Agent"), department=department.name)
		self.assertRaises(frappe.LinkExistsError, department.delete)
