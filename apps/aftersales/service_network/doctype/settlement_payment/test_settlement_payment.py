import frappe
from frappe.tests.utils import FrappeTestCase
from frappe.utils import add_days, today

from aftersales.field_service.amounts import AmountFormatError
from aftersales.service_network import settlement_payments
from aftersales.service_network.doctype.settlement_payment.settlement_payment import SettlementPaymentError
from aftersales.service_network.settlement_payments import NotPayableError
from aftersales.service_network.settlement_periods import PeriodClosedError
from aftersales.spare_parts import deposits
from aftersales.testing import factories
from aftersales.testing.field import staff_of
from aftersales.testing.settlement import (
	close_month,
	make_confirmed_settlement,
	make_service_fee,
	make_settlement_payment,
)
from aftersales.utils.append_only import AppendOnlyError
from aftersales.utils.workflow_state import SelfApprovalError

NAME = "Settlement Payment"


class TestSettlementPayment(FrappeTestCase):
	def setUp(self):
		self.settlement = make_confirmed_settlement()  # of 50

	def tearDown(self):
		frappe.set_user("Administrator")

	def pay(self, amount, **fields):
		return make_settlement_payment(**{"settlement": self.settlement.name, "amount": amount, **fields})

	def state(self):
		self.settlement.reload()
		return self.settlement.stage, self.settlement.paid_amount, self.settlement.outstanding

	def paid_fees(self):
		return frappe.db.count("Service Fee", {"settlement": self.settlement.name, "paid": 1})

	def test_in_parts_and_never_too_much(self):
		self.pay(20.1)
		self.assertEqual(self.state(), ("Invoice Notice Sent", 20.1, 29.9))
		self.assertRaises(NotPayableError, self.pay, 29.91)
		self.assertEqual(self.paid_fees(), 0)
		self.pay(29.9, mode="Cash")
		self.assertEqual(self.state(), ("Paid", 50, 0))
		self.assertEqual(self.paid_fees(), 1)
		self.assertRaises(NotPayableError, self.pay, 0.01)

	def test_taken_back(self):
		payment = self.pay(50)
		back = self.pay(999, reversal_of=payment.name)
		self.assertEqual((back.amount, self.state()), (-50, ("Invoice Notice Sent", 0, 50)))
		self.assertEqual(self.paid_fees(), 0)
		self.assertRaises(SettlementPaymentError, self.pay, 1, reversal_of=payment.name)
		self.assertRaises(SettlementPaymentError, self.pay, 1, reversal_of=back.name)

	def test_into_the_deposit(self):
		outlet = self.settlement.outlet
		self.settlement.db_set({"stage": "Confirmed", "status": "Confirmed", "invoice_notice_on": None})
		payment = self.pay(30, mode="Deposit Offset")
		self.assertEqual(deposits.balance(outlet), 30)
		self.assertEqual(self.state(), ("Confirmed", 30, 20))
		self.assertEqual(self.settlement.deposit_offset, 30)
		self.assertRaises(NotPayableError, self.pay, 20)
		self.pay(0, reversal_of=payment.name)
		self.settlement.reload()
		self.assertEqual((deposits.balance(outlet), self.settlement.deposit_offset), (0, 0))

	def test_what_cannot_be_paid(self):
		for amount in (0, -5, 0.001):
			self.assertRaises(SettlementPaymentError, self.pay, amount)
		self.assertRaises(SettlementPaymentError, self.pay, 1, paid_on=add_days(today(), 1))
		close_month("2021-06-01")
		self.assertRaises(PeriodClosedError, self.pay, 1, paid_on="2021-06-30")
		self.settlement.db_set({"stage": "HQ Audit", "status": "HQ Audit Passed"})
		self.assertRaises(NotPayableError, self.pay, 1)
		self.assertRaises(frappe.MandatoryError, make_settlement_payment, settlement=None)

	def test_employees_need_no_invoice(self):
		employee = factories.user_with("Finance Clerk")
		make_service_fee().db_set("employee", employee)
		doc = make_confirmed_settlement(
			"Confirmed", subject_kind="Employee", employee=employee, include_earlier=1
		)
		frappe.set_user(employee)
		self.assertRaises(SelfApprovalError, settlement_payments.pay, doc.name, "1", today(), "Cash")
		frappe.set_user("Administrator")
		self.assertRaises(NotPayableError, self.pay, 1, settlement=doc.name, mode="Deposit Offset")
		self.pay(doc.total, settlement=doc.name)
		doc.reload()
		self.assertEqual(doc.stage, "Paid")

	def test_payments_stay(self):
		payment = self.pay(10)
		payment.bank_reference = "X"
		self.assertRaises(AppendOnlyError, payment.save)
		self.assertRaises(AppendOnlyError, frappe.delete_doc, NAME, payment.name)
		self.assertRaises(AppendOnlyError, frappe.rename_doc, NAME, payment.name, "SPT-X")

	def test_from_the_form(self):
		name = self.settlement.name
		frappe.set_user(factories.user_with("Finance Clerk"))
		made = settlement_payments.pay(name, "20.50", today(), "Transfer", "B-1")["payment"]
		self.assertEqual(frappe.db.get_value(NAME, made, ["amount", "bank_reference"]), (20.5, "B-1"))
		self.assertRaises(AmountFormatError, settlement_payments.pay, name, "2O.5", today(), "Transfer")
		back = settlement_payments.take_back(made, "Wrong account")["payment"]
		self.assertEqual(frappe.db.get_value(NAME, back, ["amount", "remarks"]), (-20.5, "Wrong account"))
		for user in (
			"Guest",
			factories.user_with("Service Agent"),
			staff_of(self.settlement.outlet, "Outlet Staff"),
		):
			frappe.set_user(user)
			self.assertRaises(frappe.PermissionError, settlement_payments.pay, name, 1, today(), "Cash")
			self.assertRaises(frappe.PermissionError, settlement_payments.take_back, made, "x")

	def test_rights(self):
		payment, other = self.pay(10), make_settlement_payment()
		frappe.set_user(staff_of(self.settlement.outlet, "Outlet Staff"))
		self.assertEqual(frappe.get_list(NAME, pluck="name"), [payment.name])
		self.assertFalse(frappe.has_permission(NAME, "read", doc=other.name))
		self.assertFalse(frappe.has_permission(NAME, "create"))
		frappe.set_user(factories.user_with("Finance Clerk"))
		self.assertTrue(frappe.has_permission(NAME, "create"))
		self.assertFalse(frappe.has_permission(NAME, "write", doc=payment.name))
		frappe.set_user(factories.user_with("Service Agent"))
		self.assertFalse(frappe.has_permission(NAME, "read"))
