import frappe
from frappe.tests.utils import FrappeTestCase
from frappe.utils import add_days, today

from aftersales.field_service import steps
from aftersales.field_service.amounts import AmountFormatError
from aftersales.field_service.doctype.refurbish_application.refurbish_application import (
	RefurbishError,
	RefurbishFieldError,
)
from aftersales.testing import factories
from aftersales.testing.field import make_refurbish_application, make_service_outlet

DOCTYPE = "Refurbish Application"


class TestRefurbishApplication(FrappeTestCase):
	def setUp(self):
		frappe.db.savepoint("refurbish")
		self.addCleanup(frappe.db.rollback, save_point="refurbish")
		self.addCleanup(frappe.set_user, "Administrator")
		frappe.set_user(factories.user_with("Market Salesperson"))

	def act(self, doc, action, role=None, **values):
		if role:
			frappe.set_user(factories.user_with(role))
		steps.act(DOCTYPE, doc.name, action, values)
		doc.reload()
		return doc

	def test_from_application_to_result(self):
		doc = self.act(make_refurbish_application(), "Apply")
		office = factories.user_with("Sales Office")
		self.act(doc, "Approve", "Sales Office")
		self.assertEqual((doc.status, doc.decided_by), ("Approved", office))
		self.act(doc, "Start", "Workshop Controller")
		with self.assertRaisesRegex(RefurbishError, "Result"):
			self.act(doc, "Finish")
		with self.assertRaises(AmountFormatError):
			self.act(doc, "Finish", result="As new", cost="12,3")
		self.act(doc, "Finish", result="As new", cost="12.30", grade="A")
		self.assertEqual(
			(doc.status, doc.cost, doc.grade, str(doc.finished_on)), ("Refurbished", 12.3, "A", today())
		)

	def test_rejected_and_revised(self):
		doc = self.act(make_refurbish_application(), "Apply")
		with self.assertRaises(RefurbishError):
			self.act(doc, "Reject", "Sales Office")
		self.act(doc, "Reject", "Sales Office", decision_note="Too old")
		self.act(doc, "Revise", "Market Salesperson")
		self.assertEqual(doc.status, "Draft")

	def test_nobody_approves_the_own_one(self):
		frappe.set_user(factories.user_with("Sales Office"))
		doc = self.act(make_refurbish_application(), "Apply")
		with self.assertRaises(steps.StepOverError):
			self.act(doc, "Approve")
		self.act(doc, "Approve", "Service Manager")

	def test_what_was_handed_in_stays(self):
		doc = self.act(make_refurbish_application(), "Apply")
		doc.device_condition = "As new"
		self.assertRaises(RefurbishFieldError, doc.save)
		doc.reload()
		doc.remarks = "Urgent"
		doc.save()

	def test_one_open_application_a_unit(self):
		doc = self.act(make_refurbish_application(), "Apply")
		with self.assertRaisesRegex(RefurbishError, doc.name):
			make_refurbish_application(serial_no=doc.serial_no, product=doc.product)
		self.act(doc, "Reject", "Sales Office", decision_note="No")
		make_refurbish_application(serial_no=doc.serial_no, product=doc.product)

	def test_who_applies_and_when(self):
		self.assertRaises(RefurbishError, make_refurbish_application, dealer=None)
		self.assertRaises(RefurbishError, make_refurbish_application, applied_on=add_days(today(), 1))
		make_refurbish_application(outlet=make_service_outlet().name)
