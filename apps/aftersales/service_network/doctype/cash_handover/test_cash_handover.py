import frappe
from frappe.model.workflow import apply_workflow
from frappe.tests.utils import FrappeTestCase

from aftersales.service_network import handovers, receivables, sales
from aftersales.service_network.doctype.cash_handover.cash_handover import HandoverError
from aftersales.service_network.doctype.service_payment.service_payment import OthersPaymentError
from aftersales.testing import factories
from aftersales.testing.field import make_service_outlet, staff_of
from aftersales.testing.sales import make_cash_handover, make_service_receivable
from aftersales.utils.workflow_state import SelfApprovalError


class TestCashHandover(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.desk = factories.user_with("Front Desk", account="handover-desk")
		cls.finance = factories.user_with("Finance Clerk", account="handover-finance")
		cls.receivable = make_service_receivable(1000).name

	def setUp(self):
		frappe.set_user(self.desk)

	def tearDown(self):
		frappe.set_user("Administrator")

	def payment(self, amount: str = "10", mode: str = "Cash") -> str:
		return receivables.take_payment(self.receivable, amount, mode)["payment"]

	def handover(self, *payments: str):
		rows = [{"service_payment": name} for name in payments]
		return frappe.get_doc(doctype="Cash Handover", payments=rows).insert()

	def step(self, doc, action: str, user: str, **values):
		frappe.set_user(user)
		doc = frappe.get_doc(doc.doctype, doc.name)
		doc.update(values)
		doc.save()
		return apply_workflow(doc, action)

	def test_handed_over_and_received(self):
		cash, card = self.payment("10.10"), self.payment("5", "Card")
		self.assertEqual({row.name for row in handovers.open_payments()} & {cash, card}, {cash, card})
		doc = self.handover(cash, card)
		self.assertEqual((doc.total, doc.cash_total, doc.handed_over_by), (15.1, 10.1, self.desk))
		doc = apply_workflow(doc, "Hand to Finance")
		self.assertEqual(frappe.db.get_value("Service Payment", cash, "handover"), doc.name)
		self.assertFalse({row.name for row in handovers.open_payments()} & {cash, card})
		doc = self.step(doc, "Confirm Receipt", self.finance, counted=10.1)
		self.assertEqual((doc.stage, doc.received_by, doc.difference), ("Received", self.finance, 0))

	def test_not_before_the_money_was_taken(self):
		first, second = self.payment("10"), self.payment("5")
		frappe.db.set_value("Service Payment", first, "received_at", "2021-05-04 18:00:00")
		frappe.db.set_value("Service Payment", second, "received_at", "2021-05-05 00:00:01")
		doc = self.handover(first, second)
		doc.handover_date = "2021-05-04"
		doc.save()
		with self.assertRaisesRegex(HandoverError, second):
			apply_workflow(doc, "Hand to Finance")
		doc.reload()
		doc.handover_date = "2021-05-05"
		doc.save()
		self.assertEqual(apply_workflow(doc, "Hand to Finance").stage, "Handed Over")

	def test_difference(self):
		doc = apply_workflow(self.handover(self.payment()), "Hand to Finance")
		self.assertRaises(HandoverError, self.step, doc, "Confirm Receipt", self.finance, counted=9)
		self.assertRaises(HandoverError, self.step, doc, "Report Difference", self.finance, counted=9)
		with self.assertRaises(HandoverError):
			self.step(doc, "Report Difference", self.finance, counted=10, difference_note="x")
		doc = self.step(
			doc, "Report Difference", self.finance, counted=9, difference_note="A coin is missing"
		)
		self.assertEqual((doc.stage, doc.difference, doc.received_by), ("Difference", -1, None))
		doc = self.step(doc, "Confirm Receipt", self.finance)
		self.assertEqual(
			(doc.stage, doc.difference, doc.difference_note), ("Received", -1, "A coin is missing")
		)

	def test_only_finance_counts(self):
		doc = apply_workflow(self.handover(self.payment()), "Hand to Finance")
		doc.update({"counted": 10, "difference_note": "I counted"})
		doc.save()
		doc.reload()
		self.assertEqual((doc.counted, doc.difference_note), (0, None))

	def test_each_payment_once(self):
		payment = self.payment()
		first, second = self.handover(payment), self.handover(payment)
		apply_workflow(first, "Hand to Finance")
		self.assertRaises(HandoverError, apply_workflow, second, "Hand to Finance")
		self.assertRaises(HandoverError, self.handover, payment)
		self.assertRaises(HandoverError, self.handover, *[self.payment()] * 2)

	def test_returned(self):
		payment = self.payment()
		doc = apply_workflow(self.handover(payment), "Hand to Finance")
		doc = self.step(doc, "Return", self.finance)
		self.assertIsNone(frappe.db.get_value("Service Payment", payment, "handover"))
		frappe.set_user(self.desk)
		self.assertEqual(apply_workflow(self.handover(payment), "Hand to Finance").stage, "Handed Over")

	def test_what_was_handed_over_stays(self):
		doc = apply_workflow(self.handover(self.payment()), "Hand to Finance")
		doc.append("payments", {"service_payment": self.payment()})
		self.assertRaises(HandoverError, doc.save)
		frappe.set_user("Administrator")
		self.assertRaises(HandoverError, frappe.delete_doc, "Cash Handover", doc.name)

	def test_nothing_to_hand_over(self):
		self.assertRaises(HandoverError, apply_workflow, self.handover(), "Hand to Finance")

	def test_payments_of_others(self):
		payment = self.payment()
		frappe.set_user(factories.user_with("Front Desk", account="handover-second-desk"))
		self.assertRaises(HandoverError, self.handover, payment)
		mine = frappe.get_doc(doctype="Cash Handover", handed_over_by=self.desk).insert()
		self.assertEqual(mine.handed_over_by, frappe.session.user)
		self.assertEqual([row for row in handovers.open_payments(self.desk) if row.name == payment], [])
		frappe.set_user(self.finance)
		self.assertIn(payment, [row.name for row in handovers.open_payments(self.desk)] or [payment])

	def test_nobody_receives_from_themselves(self):
		manager = factories.user_with("Service Manager", account="handover-manager")
		frappe.set_user(manager)
		doc = apply_workflow(self.handover(self.payment()), "Hand to Finance")
		doc.counted = 10
		doc.save()
		with self.assertRaises(frappe.ValidationError):
			apply_workflow(doc, "Confirm Receipt")

	def test_outlets(self):
		mine, other = make_service_outlet().name, make_service_outlet().name
		frappe.set_user("Administrator")
		theirs = make_cash_handover(outlet=other).name
		frappe.set_user(staff_of(mine, "Outlet Staff"))
		own = frappe.get_doc(doctype="Cash Handover").insert()
		self.assertEqual(own.outlet, mine)
		self.assertNotIn(theirs, frappe.get_list("Cash Handover", pluck="name", limit=0))
		self.assertFalse(frappe.has_permission("Cash Handover", "read", theirs))

	def test_who_may_not(self):
		for user in (factories.user_with("Knowledge Manager"), "Guest"):
			frappe.set_user(user)
			self.assertRaises(frappe.PermissionError, handovers.open_payments)

	def test_nobody_counts_what_they_hand_over_whoever_wrote_it(self):
		frappe.set_user(self.finance)
		payment = self.payment()
		frappe.set_user(factories.user_with("Service Manager", account="handover-manager"))
		rows = [{"service_payment": payment}]
		doc = frappe.get_doc(doctype="Cash Handover", handed_over_by=self.finance, payments=rows).insert()
		doc = apply_workflow(doc, "Hand to Finance")
		for action, values in (
			("Confirm Receipt", {"counted": 10}),
			("Report Difference", {"counted": 4, "difference_note": "Lost"}),
		):
			self.assertRaises(SelfApprovalError, self.step, doc, action, self.finance, **values)

	def test_what_was_counted_stays_when_it_was_received(self):
		doc = apply_workflow(self.handover(self.payment()), "Hand to Finance")
		doc = self.step(doc, "Confirm Receipt", self.finance, counted=10)
		day = doc.handover_date
		doc.update({"counted": 3, "difference_note": "Later", "handover_date": "2020-01-01"})
		doc.save()
		doc.reload()
		self.assertEqual((doc.counted, doc.difference, doc.difference_note), (10, 0, None))
		self.assertEqual(doc.handover_date, day)

	def test_a_reversal_takes_back_the_mode_as_well(self):
		transfer = self.payment("50", "Transfer")
		forged = frappe.get_doc(
			doctype="Service Payment", receivable=self.receivable, reversal_of=transfer, mode="Cash", amount=1
		).insert()
		self.assertEqual((forged.mode, forged.amount), ("Transfer", -50))

	def test_only_finance_reverses_what_others_took_or_what_was_handed_over(self):
		payment, handed = self.payment(), self.payment()
		apply_workflow(self.handover(handed), "Hand to Finance")
		self.assertRaises(OthersPaymentError, sales.reverse, "Service Payment", handed, "Mistake")
		frappe.set_user(factories.user_with("Front Desk", account="handover-second-desk"))
		self.assertRaises(OthersPaymentError, sales.reverse, "Service Payment", payment, "Mistake")
		frappe.set_user(self.desk)
		sales.reverse("Service Payment", payment, "Mistake")
		frappe.set_user(self.finance)
		sales.reverse("Service Payment", handed, "Mistake")
