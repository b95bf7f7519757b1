import frappe
from frappe.model.workflow import WorkflowTransitionError
from frappe.tests.utils import FrappeTestCase

from aftersales.service_network.doctype.expense_plan.expense_plan import ExpensePlanError
from aftersales.testing import factories
from aftersales.testing.field import make_service_outlet, staff_of
from aftersales.testing.settlement import make_expense_plan
from aftersales.utils.workflow_state import SelfApprovalError

NAME = "Expense Plan"


class TestExpensePlan(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.outlet = make_service_outlet().name
		cls.user = staff_of(cls.outlet, "Outlet Staff")
		cls.region = factories.user_with("Regional Centre Staff")

	def tearDown(self):
		frappe.set_user("Administrator")

	def applied(self):
		plan = make_expense_plan(outlet=self.outlet)
		frappe.set_user(self.user)
		plan = factories.act(plan, "Apply")
		frappe.set_user(self.region)
		return plan

	def test_granted_as_applied_for(self):
		plan = factories.act(self.applied(), "Approve")
		self.assertEqual((plan.stage, plan.total_amount, plan.total_granted), ("Approved", 300, 300))
		self.assertEqual(plan.replied_by, self.region)
		plan.lines[0].granted_amount = 1
		self.assertRaises(ExpensePlanError, plan.save)

	def test_an_outlet_does_not_grant_its_own(self):
		plan = self.applied()
		frappe.set_user(staff_of(self.outlet, "Regional Centre Staff"))
		self.assertRaises(SelfApprovalError, factories.act, plan, "Approve")

	def test_granted_in_part_with_a_word(self):
		plan = self.applied()
		plan.lines[0].granted_amount = 150.55
		self.assertRaises(ExpensePlanError, plan.save)
		plan.reload()
		plan.lines[0].update({"granted_amount": 150.55, "reply": "A smaller one will do"})
		plan.save()
		plan = factories.act(plan, "Approve")
		self.assertEqual((plan.stage, plan.total_granted), ("Partly Approved", 250.55))

	def test_more_than_applied_for_or_nothing(self):
		plan = self.applied()
		plan.lines[0].granted_amount = 201
		self.assertRaises(ExpensePlanError, plan.save)
		plan.reload()
		for row in plan.lines:
			row.update({"granted_amount": 0, "reply": "Not this year"})
		plan.save()
		self.assertRaises(ExpensePlanError, factories.act, plan, "Approve")

	def test_rejected_with_a_word_and_revised(self):
		plan = self.applied()
		self.assertRaises(ExpensePlanError, factories.act, plan, "Reject")
		plan.reload()
		plan.reply = "Not this year"
		plan.save()
		plan = factories.act(plan, "Reject")
		self.assertEqual(plan.total_granted, 0)
		frappe.set_user(self.user)
		plan = factories.act(plan, "Revise")
		plan.lines[0].amount = 20
		plan.save()
		self.assertEqual((plan.total_amount, plan.total_granted), (120, 0))

	def test_outlet_grants_itself_nothing(self):
		plan = make_expense_plan(outlet=self.outlet)
		frappe.set_user(self.user)
		plan = frappe.get_doc(NAME, plan.name)
		plan.lines[0].granted_amount, plan.reply = 200, "Granted"
		plan.replied_by = self.user
		plan.save()
		plan.reload()
		self.assertEqual((plan.total_granted, plan.reply, plan.replied_by), (0, None, None))
		plan = factories.act(plan, "Apply")
		self.assertRaises(WorkflowTransitionError, factories.act, plan, "Approve")
		plan.lines[0].amount = 5000
		self.assertRaises(ExpensePlanError, plan.save)

	def test_who_made_it_does_not_approve_it(self):
		both = factories.user_with("Service Manager")
		frappe.set_user(both)
		plan = make_expense_plan(outlet=self.outlet)
		plan = factories.act(plan, "Apply")
		with self.assertRaises((frappe.ValidationError, frappe.PermissionError)):
			factories.act(plan, "Approve")

	def test_amounts_and_period(self):
		for values in (
			{"lines": [{"expense_kind": "Tea", "amount": 0}]},
			{"lines": [{"expense_kind": "Tea", "amount": 0.004}]},
			{"period_from": "2024-02-02", "period_to": "2024-02-01"},
		):
			self.assertRaises(ExpensePlanError, make_expense_plan, outlet=self.outlet, **values)

	def test_rights(self):
		plan, other = make_expense_plan(outlet=self.outlet), make_expense_plan()
		frappe.set_user(self.user)
		names = frappe.get_list(NAME, pluck="name")
		self.assertIn(plan.name, names)
		self.assertNotIn(other.name, names)
		self.assertFalse(frappe.has_permission(NAME, "write", doc=other.name))
		frappe.set_user(factories.user_with("Service Agent"))
		self.assertFalse(frappe.has_permission(NAME, "read"))
