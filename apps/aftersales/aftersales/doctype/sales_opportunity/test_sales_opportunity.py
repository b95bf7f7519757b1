import frappe
from frappe.client import set_value
from frappe.tests.utils import FrappeTestCase
from frappe.utils import today

from aftersales.aftersales.doctype.sales_opportunity.sales_opportunity import (
	ProbabilityError,
	ReasonMissingError,
)
from aftersales.setup.roles import POSITIONS
from aftersales.testing import factories
from aftersales.utils.kanban import CardMoveError


class TestSalesOpportunity(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.admin = factories.user_with("Aftersales Administrator")
		cls.customer = factories.make_customer()

	def setUp(self):
		frappe.set_user(self.admin)

	def tearDown(self):
		frappe.set_user("Administrator")

	def make(self, **fields):
		return factories.make_sales_opportunity(customer=self.customer.name, **fields)

	def test_the_administrator_adds_changes_finds_and_deletes(self):
		deal = self.make(expected_amount=1000, probability=25)
		self.assertRegex(deal.name, r"^OP-\d\d-\d{5}$")
		self.assertEqual((deal.status, deal.stage, deal.weighted_amount), ("New", "Open", 250))
		set_value("Sales Opportunity", deal.name, "probability", 50)
		found = frappe.get_list("Sales Opportunity", {"customer": self.customer.name}, ["weighted_amount"])
		self.assertIn(500, [row.weighted_amount for row in found])
		frappe.delete_doc("Sales Opportunity", deal.name)

	def test_nobody_else_has_access(self):
		"""S8.06: the administrator only."""
		deal = self.make()
		others = [role for role in POSITIONS if role != "Aftersales Administrator"]
		frappe.set_user(factories.make_user(*others).name)
		self.assertFalse(frappe.has_permission("Sales Opportunity", "read", doc=deal.name))
		self.assertFalse(frappe.has_permission("Sales Opportunity", "create"))
		self.assertRaises(frappe.PermissionError, frappe.get_list, "Sales Opportunity")

	def test_won(self):
		deal = factories.act(self.make(expected_amount=800), "Qualify", "Propose", "Win")
		self.assertEqual((deal.stage, deal.probability, deal.weighted_amount), ("Won", 100, 800))
		self.assertEqual(str(deal.closed_on), today())
		deal = factories.act(deal, "Reopen")
		self.assertEqual((deal.stage, deal.closed_on), ("Qualified", None))

	def test_lost_needs_a_reason(self):
		deal = self.make()
		self.assertRaises(ReasonMissingError, factories.act, deal, "Lose")
		set_value("Sales Opportunity", deal.name, "outcome_reason", "Too expensive")
		self.assertEqual(factories.act(deal, "Lose").probability, 0)

	def test_probability(self):
		for value in (-1, 101):
			self.assertRaises(ProbabilityError, self.make, probability=value)

	def test_moved_card_takes_the_action(self):
		deal = self.make()
		set_value("Sales Opportunity", deal.name, "stage", "Proposal")
		self.assertEqual(frappe.db.get_value("Sales Opportunity", deal.name, "status"), "Proposal")

	def test_no_action_leads_back_to_the_beginning(self):
		deal = factories.act(self.make(), "Qualify")
		self.assertRaises(CardMoveError, set_value, "Sales Opportunity", deal.name, "stage", "Open")

	def test_a_moved_card_keeps_the_rules(self):
		deal = self.make()
		self.assertRaises(ReasonMissingError, set_value, "Sales Opportunity", deal.name, "stage", "Lost")
