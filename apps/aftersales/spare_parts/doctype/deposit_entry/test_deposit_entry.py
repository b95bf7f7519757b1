import frappe
from frappe.tests.utils import FrappeTestCase
from frappe.utils import add_days, today

from aftersales.spare_parts import deposits
from aftersales.spare_parts.doctype.deposit_entry.deposit_entry import DepositAmountError
from aftersales.testing import factories, parts
from aftersales.testing.field import make_service_outlet, staff_of
from aftersales.utils.append_only import AppendOnlyError


class TestDepositEntry(FrappeTestCase):
	def setUp(self):
		self.outlet = make_service_outlet().name

	def tearDown(self):
		frappe.set_user("Administrator")

	def enter(self, kind, amount, **fields):
		return parts.make_deposit_entry(outlet=self.outlet, kind=kind, amount=amount, **fields)

	def test_the_balance_follows_every_kind(self):
		self.assertEqual(deposits.balance(self.outlet), 0)
		for kind, amount, expected in (
			("Paid In", 1000, 1000),
			("Paid Back", 300, 700),
			("Deducted", 50.5, 649.5),
			("Given Back", 0.5, 650),
			("Correction", -650, 0),
			("Correction", 0.01, 0.01),
		):
			entry = self.enter(kind, amount)
			self.assertEqual((entry.balance_after, deposits.balance(self.outlet)), (expected, expected))
		total = frappe.db.get_all("Deposit Entry", {"outlet": self.outlet}, "sum(change_amount) as total")[
			0
		].total
		self.assertEqual(total, 0.01)

	def test_never_below_zero(self):
		self.enter("Paid In", 100)
		for kind, amount in (("Paid Back", 100.01), ("Deducted", 101), ("Correction", -200)):
			self.assertRaises(deposits.DepositTooSmallError, self.enter, kind, amount)
		self.assertEqual(deposits.balance(self.outlet), 100)

	def test_amounts_and_dates(self):
		for kind, amount in (
			("Paid In", 0),
			("Paid In", -1),
			("Paid Back", -1),
			("Correction", 0),
			("Gift", 1),
		):
			self.assertRaises(DepositAmountError, self.enter, kind, amount)
		self.assertRaises(DepositAmountError, self.enter, "Paid In", 1, entry_date=add_days(today(), 1))
		self.assertRaises(
			frappe.MandatoryError, parts.insert, "Deposit Entry", {"kind": "Paid In", "amount": 1}, {}
		)

	def test_entries_stay(self):
		entry = self.enter("Paid In", 100)
		entry.amount = 1
		self.assertRaises(AppendOnlyError, entry.save)
		self.assertRaises(AppendOnlyError, frappe.delete_doc, "Deposit Entry", entry.name)

	def test_who_enters_and_who_sees(self):
		entry = self.enter("Paid In", 100)
		other = parts.make_deposit_entry()
		frappe.set_user(staff_of(self.outlet, "Outlet Staff"))
		self.assertEqual(frappe.get_list("Deposit Entry", pluck="name"), [entry.name])
		self.assertEqual(frappe.get_list("Outlet Deposit", pluck="name"), [self.outlet])
		self.assertFalse(frappe.has_permission("Deposit Entry", "read", doc=other.name))
		self.assertFalse(frappe.has_permission("Deposit Entry", "create"))
		frappe.set_user(factories.user_with("Finance Clerk"))
		self.assertTrue(frappe.has_permission("Deposit Entry", "create"))
		self.assertFalse(frappe.has_permission("Deposit Entry", "write", doc=entry.name))
		self.assertFalse(frappe.has_permission("Outlet Deposit", "write"))
