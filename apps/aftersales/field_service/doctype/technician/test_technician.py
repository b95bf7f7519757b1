import frappe
from frappe.tests.utils import FrappeTestCase

from aftersales.field_service.doctype.technician.technician import (
	AbsenceError,
	DoubleRowError,
	NoNameError,
	SkillLevelError,
	TooManyHoursError,
)
from aftersales.field_service.technicians import technician_of
from aftersales.testing import factories, field


class TestTechnician(FrappeTestCase):
	def test_name_and_account_come_from_the_staff_record(self):
		user = factories.user_with("Service Technician", account="technician-of-staff")
		technician = field.make_technician(user, technician_name="Somebody Else")
		self.assertEqual(technician.user, user)
		self.assertEqual(technician.technician_name, frappe.utils.get_fullname(user))
		self.assertEqual(technician_of(user), technician.name)
		technician.enabled = 0
		technician.save()
		self.assertIsNone(technician_of(user))

	def test_one_record_for_each_person(self):
		user = factories.user_with("Service Technician", account="technician-once")
		field.make_technician(user)
		with self.assertRaises(frappe.UniqueValidationError):
			field.make_technician(user)
		field.make_technician(), field.make_technician()  # several without an account

	def test_what_makes_no_sense_is_refused(self):
		category = factories.make_product_category().name
		region = factories.make_region().name
		wrong = (
			(NoNameError, {"technician_name": "  "}),
			(TooManyHoursError, {"daily_hours": 24.5}),
			(SkillLevelError, {"skills": {category: 6}}),
			(SkillLevelError, {"skills": {category: 0}}),
			(DoubleRowError, {"regions": [region, region]}),
			(AbsenceError, {"absences": [("2030-05-02", "2030-05-01", "")]}),
		)
		for error, fields in wrong:
			with self.subTest(fields), self.assertRaises(error):
				field.make_technician(**fields)

	def test_an_outlet_sees_its_own_technicians_only(self):
		own, other = field.make_service_outlet().name, field.make_service_outlet().name
		mine, theirs = field.make_technician(outlet=own), field.make_technician(outlet=other)
		user = field.staff_of(own, "Service Centre Staff")
		with field.as_user(user):
			names = frappe.get_list("Technician", pluck="name")
			self.assertIn(mine.name, names)
			self.assertNotIn(theirs.name, names)
			self.assertTrue(frappe.has_permission("Technician", "write", doc=mine))
			self.assertFalse(frappe.has_permission("Technician", "read", doc=theirs))
			new = frappe.get_doc(doctype="Technician", technician_name="New").insert()
			self.assertEqual(new.outlet, own)
